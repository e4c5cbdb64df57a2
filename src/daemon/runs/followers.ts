import { existsSync } from 'node:fs'
import type { Job } from '../../core/job/job.ts'
import type { Readiness } from '../../core/run/spec.ts'
import { monotonicMs, nowMs } from '../../platform/clock.ts'
import { listenersOn } from '../../platform/linux/listeners.ts'
import type { EventHub } from '../events/event-hub.ts'
import { keyOf } from '../events/run-events.ts'
import type { JobTable } from '../jobs/job-table.ts'
import type { DaemonLog } from '../log.ts'
import { localPort } from '../readiness/probe.ts'
import { ReadinessFollower } from '../readiness/readiness-follower.ts'
import { runCommand } from '../readiness/run-command.ts'
import { TerminalFollower } from '../screen/terminal-follower.ts'
import type { WatchBreaker } from '../watch/watch-breaker.ts'
import { WatchFollower, wantsWatch } from '../watch/watch-follower.ts'
import type { Inputs } from './inputs.ts'
import type { RunGuard } from './run-guard.ts'
import type { RunFollower } from './runs.ts'

export interface FollowersOptions {
  readonly hub: EventHub
  readonly jobs: JobTable
  readonly log: DaemonLog
  readonly inputs: Inputs
  readonly breaker: WatchBreaker
}

/** Who reads along with a run, by its spec. */
export function makeFollowers(options: FollowersOptions, guard: RunGuard, job: Job): RunFollower[] {
  const { hub, jobs, log, inputs, breaker } = options
  const ref = { jobId: job.id, run: guard.n }
  const outputDir = guard.paths.output
  const onError = (error: unknown): void => log.error('reading along with a run', { ...ref, error })
  const followers: RunFollower[] = []
  if (wantsWatch(job)) {
    followers.push(new WatchFollower({ job, run: guard.n, outputDir, hub, jobs, breaker, onError }))
  }
  const { readiness, pty } = job.spec
  if (readiness === null) {
    followers.push({
      // Nothing was said about readiness: a program that runs is ready.
      onStarted: () => setReady(null),
      onOutput: () => {},
      finish: async () => await Promise.resolve(),
    })
  } else if (wasReady()) {
    setReady(null)
  } else {
    followers.push(
      new ReadinessFollower({
        job,
        readiness,
        outputDir,
        cwd: job.spec.cwd,
        run: runCommand,
        before: listenersBefore(readiness),
        onReady: (by) => setReady(by),
        onFailed: (why) => {
          const run = jobs.get(job.id)?.run
          if (run?.n === guard.n) jobs.setRun(job.id, { ...run, notReady: why })
        },
        onError,
      }),
    )
  }
  if (pty !== null) {
    followers.push(
      new TerminalFollower({
        paths: guard.paths,
        input: inputs.logOf(guard),
        atFirst: pty,
        maxOutputBytes: job.spec.limits.maxOutputBytes,
        onInput: () => inputs.ring(guard),
        onError,
      }),
    )
  }
  const needsOutput = wantsWatch(job) || readiness?.kind === 'output' || pty !== null
  guard.link.setRings(needsOutput)
  return followers

  /** Only a run that has not begun shows who was there before it. */
  function listenersBefore(checked: Readiness): ReadonlySet<number> | null {
    const port = checked.kind === 'output' ? null : localPort(checked)
    return port === null || existsSync(guard.paths.state) ? null : listenersOn(port)
  }

  function wasReady(): boolean {
    const { events } = hub.store.read({ afterSeq: 0, limit: 1_000, jobId: job.id, kinds: ['run_ready'] })
    return events.some(({ run }) => run === guard.n)
  }

  function setReady(by: string | null): void {
    if (by !== null) {
      const startedMonoMs = guard.state?.startedMonoMs ?? monotonicMs()
      hub.record({
        atMs: nowMs(),
        kind: 'run_ready',
        ...ref,
        actor: 'daemon',
        causeSeq: null,
        data: { by, tookMs: Math.round(monotonicMs() - startedMonoMs) },
        key: keyOf('run_ready', ref),
      })
    }
    const run = jobs.get(job.id)?.run
    if (run?.n === guard.n) jobs.setRun(job.id, { ...run, isReady: true })
  }
}
