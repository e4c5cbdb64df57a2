import type { EventKind } from '../../src/core/events/event.ts'

/** When an event is written, and data as it may stand in one; the compiler asks for a note when a kind is added. */
export const EVENT_NOTES: {
  readonly [K in EventKind]: { readonly when: string; readonly sample: Readonly<Record<string, unknown>> }
} = {
  job_created: {
    when: 'A job was recorded.',
    sample: { name: 'web', owner: 'user:ada', command: 'npm run dev' },
  },
  run_starting: { when: 'The start of a run has begun; its spec is on disk.', sample: { attempt: 1 } },
  run_started: { when: 'The first process exists.', sample: { pid: 4711, startTicks: 88123 } },
  run_ready: { when: 'The readiness check held.', sample: { by: 'port', tookMs: 840 } },
  watch_matched: {
    when: 'A line of output matched a watch pattern.',
    sample: { pattern: 'ERROR', lines: ['ERROR: no route'], suppressed: 3 },
  },
  watch_disabled: {
    when: 'A pattern matched too often for too long; its matches are told no more.',
    sample: { pattern: 'ERROR', strikes: 3, suppressed: 812 },
  },
  watch_overflow_tripped: {
    when: 'Too many matches over all jobs: none are told for a while.',
    sample: { matches: 15, windowMs: 10_000, pauseMs: 30_000 },
  },
  watch_overflow_released: { when: 'That while is over.', sample: { suppressed: 240 } },
  stop_asked: {
    when: 'A stop was asked for, before the first signal.',
    sample: { reason: 'killed', graceMs: 2000, selector: 'web', surface: 'api' },
  },
  signal_sent: {
    when: 'A signal was sent, by the stop ladder or on request.',
    sample: { signal: 'SIGTERM', target: 'leader', sent: 1, pid: 4711 },
  },
  limit_breached: {
    when: 'A limit of the run was reached.',
    sample: { limit: 'deadline', deadlineMs: 600_000 },
  },
  output_dropped: {
    when: 'Output was dropped, and counted.',
    sample: { stream: 'out', bytes: 1_204_224, why: 'cap' },
  },
  disk_full: {
    when: 'The disk is full or at the floor of free space.',
    sample: { stream: 'out', droppedBytes: 0, freeBytes: 1_000_000, floorBytes: 67_108_864 },
  },
  disk_ok: {
    when: 'There is room again.',
    sample: { stream: 'out', droppedBytes: 5_000_000, freeBytes: 900_000_000, floorBytes: 67_108_864 },
  },
  keeper_replaced: {
    when: 'The keeper of a run died and has a successor.',
    sample: { oldPid: 900, newPid: 950, generation: 2 },
  },
  anchor_replaced: { when: 'The anchor died and has a successor.', sample: { oldPid: 800, newPid: 960 } },
  daemon_started: { when: 'The daemon began to serve.', sample: { pid: 970, version: '0.1.0' } },
  daemon_replaced: { when: 'The daemon died and was started again.', sample: { oldPid: 970, newPid: 990 } },
  run_ended: {
    when: 'The run is over and its status is known.',
    sample: {
      code: 1,
      signal: null,
      source: 'waited',
      reason: 'exit',
      coreDumped: false,
      evidence: 'wait status',
    },
  },
  run_lost: {
    when: 'The run is over and nobody can know its status.',
    sample: { reason: 'reboot', evidence: 'the host has booted since' },
  },
  start_failed: {
    when: 'The run could not be started.',
    sample: { stage: 'lookup', errno: 'ENOENT', message: 'nosuch is not in PATH' },
  },
  restart_planned: {
    when: 'The restart policy has set the next start.',
    sample: { delayMs: 2000, attempt: 3, why: 'exit code 1' },
  },
  crash_loop: {
    when: 'The budget of starts is used up; the policy starts the job no more.',
    sample: { starts: 10, budget: 10, windowMs: 600_000 },
  },
  job_superseded: { when: 'Another job took the name over.', sample: { by: 'proc_0123456789ab' } },
  owner_changed: { when: 'The job was given to another owner.', sample: { from: 'user:ada', to: 'agent-1' } },
  survivors: {
    when: 'Processes of the run live on after its end.',
    sample: { list: [{ pid: 4720, startTicks: 88200, command: 'node', why: 'kept by its spec' }] },
  },
  late_output: { when: 'Output came after the first process had ended.', sample: { out: 4096, bytes: 512 } },
  paused: { when: 'Starts and restarts are held.', sample: { why: 'disk is full' } },
  resumed: { when: 'They go on.', sample: { why: '' } },
  delegation_started: {
    when: 'Work was handed to sub-agents.',
    sample: { id: 'dlg_12ab', goal: 'find the leak' },
  },
  delegation_finished: { when: 'One delegation has its report.', sample: { id: 'dlg_12ab', report: '…' } },
  delegation_batch_finished: {
    when: 'All goals of a batch have their reports.',
    sample: { id: 'dlg_12ab', reports: ['…', '…'] },
  },
  notification_promoted: {
    when: 'Watch was switched off, so the end of the job will be told instead.',
    sample: { why: 'watch switched off' },
  },
  corrupt_record: {
    when: 'A record of the state could not be read and was set aside, alone.',
    sample: { path: 'jobs/proc_0123456789ab/job.json', why: 'not JSON' },
  },
}
