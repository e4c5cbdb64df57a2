import { expect, test } from 'bun:test'
import { describeEvent } from '../events/describe-event.ts'
import { EVENT_KINDS, type EventKind, type FettleEvent } from '../events/event.ts'
import { explain } from './explain.ts'

const JOB = 'proc_0123456789ab'

type Part = Partial<FettleEvent> & { readonly kind: EventKind }

function tell(...parts: readonly Part[]): string[] {
  const all: readonly Part[] = [
    { kind: 'job_created', actor: 'owner:ann', run: null },
    { kind: 'run_starting', causeSeq: 1 },
    { kind: 'run_started', causeSeq: 2, data: { pid: 4242 } },
    ...parts,
  ]
  const events = all.map((part, i): FettleEvent => ({
    seq: i + 1,
    atMs: 1_000 * (i + 1),
    jobId: JOB,
    run: 1,
    actor: 'keeper',
    causeSeq: null,
    data: {},
    ...part,
  }))
  return explain({ events, jobId: JOB, name: 'web' })
}

function end(data: Record<string, unknown>, rest: Partial<FettleEvent> = {}): Part {
  return { kind: 'run_ended', data: { source: 'waited', ...data }, ...rest }
}

const EPISODES: readonly (readonly [name: string, parts: readonly Part[], first: readonly string[]])[] = [
  [
    'exit code',
    [end({ code: 3, reason: 'exit' })],
    ['exited with code 3', 'by itself', 'the wait status', '#4'],
  ],
  [
    'signal from outside',
    [end({ signal: 'SIGTERM', reason: 'signal' })],
    ['ended by SIGTERM', 'from outside fettle', 'actor unknown', 'the wait status'],
  ],
  [
    'deadline',
    [
      { kind: 'limit_breached', data: { limit: 'deadline', deadlineMs: 600_000 } },
      { kind: 'stop_asked', causeSeq: 4, data: { reason: 'timed_out' } },
      end({ signal: 'SIGTERM', reason: 'timed_out' }, { causeSeq: null }),
    ],
    ['its deadline of 10m', 'actor keeper', 'ended by SIGTERM'],
  ],
  [
    'idle',
    [
      { kind: 'limit_breached', data: { limit: 'idle', idleMs: 30_000 } },
      end({ signal: 'SIGTERM', reason: 'idle' }, { causeSeq: 4 }),
    ],
    ['its idle limit of 30s', 'no output', 'actor keeper'],
  ],
  [
    'oom',
    [end({ signal: 'SIGKILL', reason: 'oom', evidence: 'memory.events counts 1 oom_kill' })],
    ['out of memory', 'actor the kernel', 'oom_kill'],
  ],
  [
    'memory limit',
    [
      { kind: 'limit_breached', data: { limit: 'memory', memoryBytes: 1e9, residentBytes: 1.2e9 } },
      end({ signal: 'SIGKILL', reason: 'memory' }, { causeSeq: 4 }),
    ],
    ['its memory limit of 1.00 GB (measured 1.20 GB)', 'actor keeper'],
  ],
  [
    'output cap',
    [
      { kind: 'output_dropped', data: { bytes: 1_000_000, why: 'cap' } },
      { kind: 'output_dropped', data: { bytes: 204_224, why: 'cap' } },
    ],
    [
      'is running',
      '1,204,224 bytes of the oldest output dropped',
      'output cap was reached',
      'by keeper',
      '#5',
    ],
  ],
  [
    'crash loop',
    [
      end({ code: 1, reason: 'exit' }),
      { kind: 'crash_loop', actor: 'daemon', causeSeq: 4, data: { starts: 5, budget: 5, windowMs: 60_000 } },
    ],
    ['crash loop: 5 starts within 1m', 'budget 5', 'actor daemon', 'exited with code 1 [#4]'],
  ],
  [
    'replaced',
    [
      { kind: 'job_superseded', actor: 'owner:ann', data: { by: 'proc_ba9876543210' } },
      { kind: 'stop_asked', actor: 'owner:ann', causeSeq: 4, data: { reason: 'superseded' } },
      end({ signal: 'SIGTERM', reason: 'superseded' }, { causeSeq: 5 }),
    ],
    ['replaced by proc_ba9876543210', 'actor owner:ann'],
  ],
  [
    'killed by owner B through MCP',
    [
      { kind: 'stop_asked', actor: 'owner:bob', data: { reason: 'killed', surface: 'mcp', graceMs: 2_000 } },
      { kind: 'signal_sent', causeSeq: 4, data: { signal: 'SIGTERM', target: 'leader' } },
      end({ signal: 'SIGTERM', reason: 'killed' }, { causeSeq: 4 }),
    ],
    ['stopped by owner:bob through mcp', 'ended by SIGTERM', 'the wait status'],
  ],
  [
    'keeper died',
    [{ kind: 'keeper_replaced', actor: 'anchor', data: { oldPid: 10, newPid: 11, generation: 2 } }],
    ['is running', 'keeper of run 1 died (pid 10)', 'replaced by pid 11', 'by anchor', 'pid 4242'],
  ],
  [
    'lost',
    [{ kind: 'run_lost', actor: 'daemon', data: { reason: 'backend_lost', evidence: 'no status anywhere' } }],
    ['is lost', 'can no longer be asked', 'actor daemon', 'no status anywhere'],
  ],
  [
    'reboot',
    [{ kind: 'run_lost', actor: 'daemon', data: { reason: 'reboot', evidence: 'boot id changed' } }],
    ['is lost', 'rebooted', 'actor daemon', 'boot id changed'],
  ],
  [
    'disk floor',
    [{ kind: 'disk_full', data: { freeBytes: 5e8, floorBytes: 1e9 } }],
    ['is running', 'disk is full', '500 MB free', 'floor 1.00 GB', 'seen by keeper'],
  ],
  [
    'failed cwd',
    [{ kind: 'start_failed', data: { stage: 'cwd', errno: 'ENOENT', message: 'no directory /nowhere' } }],
    ['failed to start', 'stage cwd with ENOENT', '/nowhere', 'actor keeper'],
  ],
]

test.each(EPISODES.map(([name, parts, first]) => ({ name, parts, first })))(
  'first line of $name',
  ({ parts, first }) => {
    const [line = ''] = tell(...parts)
    expect(line).toStartWith(`"web" (${JOB}): `)
    for (const words of first) expect(line).toContain(words)
  },
)

test('the chain names events that exist, newest first', () => {
  const lines = tell(
    { kind: 'stop_asked', actor: 'owner:bob', data: { reason: 'killed', surface: 'cli' } },
    { kind: 'signal_sent', causeSeq: 4, data: { signal: 'SIGTERM', target: 'all' } },
    end({ signal: 'SIGTERM', reason: 'killed' }, { causeSeq: 5 }),
  )
  expect(lines.slice(1)).toEqual([
    '  because of #5 1s before, keeper: SIGTERM sent to all processes of run 1',
    '  because of #4 2s before, owner:bob: stop of run 1 asked through cli, reason killed',
  ])
})

test('a cause that is gone is called so, a circle ends', () => {
  const gone = tell(end({ code: 0, reason: 'exit' }, { causeSeq: 99 }))
  expect(gone[1]).toBe('  because of #99, which is not in the log any more')
  const circle = tell(
    { kind: 'stop_asked', causeSeq: 5 },
    end({ code: 0, reason: 'killed' }, { causeSeq: 4 }),
  )
  expect(circle).toHaveLength(2)
})

test('what else happened to the run stands below', () => {
  const lines = tell(
    { kind: 'survivors', data: { list: [{ pid: 7, command: 'sleep', why: 'keeps by its spec' }] } },
    end({ code: 0, reason: 'exit' }),
    { kind: 'restart_planned', actor: 'daemon', data: { delayMs: 2_000, attempt: 2 } },
  )
  expect(lines.join('\n')).toContain('1 process is still there: 7 sleep (keeps by its spec)')
  expect(lines.join('\n')).toContain('next start planned in 2s, attempt 2')
})

test('of a limit told twice, the one with figures is the evidence', () => {
  const [line] = tell(
    { kind: 'limit_breached', data: { limit: 'deadline', deadlineMs: 5_000 } },
    { kind: 'limit_breached', data: { limit: 'deadline' } },
    end({ signal: 'SIGTERM', reason: 'timed_out' }, { causeSeq: 5 }),
  )
  expect(line).toContain('its deadline of 5s')
})

test('each kind of event has its line, whatever its data', () => {
  for (const kind of EVENT_KINDS) {
    for (const data of [{}, { limit: 'constructor', list: [1, {}], bytes: 'x', code: null }]) {
      const line = describeEvent({ kind, run: null, data })
      expect(line.length).toBeGreaterThan(5)
      expect(line).not.toMatch(/undefined|null|NaN|\[object/)
    }
  }
})

test('nothing recorded is said as such', () => {
  expect(explain({ events: [], jobId: JOB, name: null })).toEqual([`Nothing is recorded of ${JOB}.`])
})
