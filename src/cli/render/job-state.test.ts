import { expect, test } from 'bun:test'
import type { Outcome, StartFailure } from '../../core/run/outcome.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import { waitExitCode } from '../wait/wait-exit-code.ts'
import { endSentence, stateText, stateTint, type LivingOn } from './job-state.ts'
import { renderJobTable } from './job-table.ts'

const OUTCOME: Outcome = {
  format: 1,
  hostId: 'h',
  bootId: 'b',
  state: 'exited',
  code: 3,
  signal: null,
  coreDumped: false,
  source: 'waited',
  reason: 'exit',
  actor: 'keeper',
  evidence: 'the wait status',
  startedAtMs: 1_000,
  endedAtMs: 126_000,
  cpuMs: null,
  maxRssBytes: null,
  failure: null,
  leftovers: { proof: 'empty', stopped: 0, survivors: [] },
}

const NOBODY: LivingOn = new Map()

/** As if all that were named at the end lived. */
function livingOnOf({ id, outcome }: JobView): LivingOn {
  const left = outcome?.leftovers.survivors.length ?? 0
  return left === 0 ? NOBODY : new Map([[id, left]])
}

function job(change: Partial<JobView>): JobView {
  return {
    format: 1,
    hostId: 'h',
    id: 'proc_0123456789ab',
    name: 'web',
    owner: 'user:ann',
    task: null,
    labels: {},
    state: 'running',
    desired: 'running',
    run: { n: 1, pid: 4242, startTicks: 1, startedAtMs: 1_000, keeperGeneration: 1, amended: null },
    outcome: null,
    spec: {
      format: 1,
      argv: ['npm', 'run', 'dev server'],
      argvBytes: null,
      cwd: '/w',
      stdin: 'none',
      pty: null,
      split: false,
      envNames: [],
      envFiles: [],
      limits: {
        deadlineMs: null,
        deadlineWallMs: null,
        idleMs: null,
        memoryBytes: null,
        processes: null,
        openFiles: null,
        maxOutputBytes: 1,
        diskFull: 'drop',
      },
      stop: { graceMs: 2000, signal: 'SIGTERM', keys: null },
      leftovers: 'stop',
      restart: { when: 'never', delayMs: 1, maxDelayMs: 1, budget: 1, windowMs: 1 },
      readiness: null,
      after: [],
      watch: { patterns: [], cooldownMs: 1, strikes: 1 },
      notify: false,
      caller: { umask: 0o22, nice: 0, openFiles: [1024, 4096] },
    },
    restart: { startsMs: [], crashLoop: false, nextStartMs: null },
    createdAtMs: 1_000,
    output: { bytes: 1_234_567, droppedBytes: 0 },
    ...change,
  }
}

function ended(change: Partial<Outcome>): JobView {
  const outcome = { ...OUTCOME, ...change }
  return job({ state: outcome.state, outcome })
}

test('a state says who or what ended the run', () => {
  const cases: readonly (readonly [JobView, string])[] = [
    [job({}), 'running'],
    [
      job({ run: { n: 3, pid: 1, startTicks: 1, startedAtMs: 1, keeperGeneration: 1, amended: null } }),
      'running #3',
    ],
    [job({ state: 'pending', run: null }), 'pending'],
    [
      job({ state: 'pending', restart: { startsMs: [], crashLoop: false, nextStartMs: 4_000 } }),
      'starts in 3s',
    ],
    [job({ state: 'pending', restart: { startsMs: [], crashLoop: true, nextStartMs: null } }), 'crash loop'],
    [ended({}), 'exit 3'],
    [{ ...ended({}), restart: { startsMs: [], crashLoop: true, nextStartMs: null } }, 'crash loop (exit 3)'],
    [
      { ...ended({}), restart: { startsMs: [], crashLoop: false, nextStartMs: 4_000 } },
      'exit 3, again in 3s',
    ],
    [ended({ code: null, signal: 'SIGSEGV', reason: 'signal' }), 'died SIGSEGV'],
    [ended({ code: null, signal: 'SIGTERM', reason: 'killed' }), 'stopped SIGTERM'],
    [ended({ code: null, signal: 'SIGKILL', reason: 'timed_out' }), 'timed out SIGKILL'],
    [ended({ state: 'lost', code: null, source: 'lost' }), 'lost'],
    [
      ended({
        state: 'failed_to_start',
        code: null,
        failure: { stage: 'cwd', errno: 'ENOENT', message: 'x' },
      }),
      'failed to start (cwd)',
    ],
    [
      ended({
        leftovers: {
          proof: 'survivors',
          stopped: 0,
          survivors: [{ pid: 1, startTicks: 1, command: 'x', why: 'y' }],
        },
      }),
      'exit 3 +1 left',
    ],
  ]
  for (const [view, text] of cases) expect(stateText(view, 1_000, livingOnOf(view))).toBe(text)
})

test('a crash and a lost run do not look like a good end', () => {
  expect(stateTint(ended({ code: 0 }), NOBODY)).toBe('dim')
  expect(stateTint(ended({}), NOBODY)).toBe('red')
  expect(stateTint(ended({ code: null, signal: 'SIGSEGV', reason: 'signal' }), NOBODY)).toBe('red')
  expect(stateTint(ended({ state: 'lost', code: null }), NOBODY)).toBe('magenta')
})

test('an end as a sentence', () => {
  expect(endSentence(OUTCOME)).toBe('exited with code 3 after 2m 5s')
  expect(
    endSentence({ ...OUTCOME, code: null, signal: 'SIGTERM', reason: 'killed', actor: 'owner:ann' }),
  ).toBe('was ended by SIGTERM after 2m 5s (killed, owner:ann)')
})

test('the code of wait is the job’s, 128 + signal, a shell’s for what cannot be run, never 0 for what is not known', () => {
  expect(waitExitCode([ended({ code: 0 })])).toBe(0)
  expect(waitExitCode([ended({ code: 0 }), ended({ code: 7 }), ended({})])).toBe(7)
  expect(waitExitCode([ended({ code: null, signal: 'SIGKILL' })])).toBe(137)
  expect(waitExitCode([ended({ code: null, state: 'lost' })])).toBe(125)
  const failure = { stage: 'lookup', errno: 'ENOENT', message: 'x' } as const
  const codeOf = (change: Partial<StartFailure>): number =>
    waitExitCode([ended({ state: 'failed_to_start', code: null, failure: { ...failure, ...change } })])
  expect(codeOf({})).toBe(127)
  expect(codeOf({ errno: 'EACCES' })).toBe(126)
  expect(codeOf({ stage: 'exec', errno: 'ENOEXEC' })).toBe(126)
  expect(codeOf({ stage: 'cwd' })).toBe(125)
  expect(waitExitCode([ended({ state: 'failed_to_start', code: null })])).toBe(125)
})

test('the table of jobs', () => {
  const text = renderJobTable({
    jobs: [job({}), ended({})],
    nowMs: 127_000,
    width: 100,
    paint: (_, shown) => shown,
    livingOn: NOBODY,
  })
  expect(text.split('\n')).toEqual([
    'ID                 NAME  STATE     PID     AGE  OWNER      OUTPUT  COMMAND',
    "proc_0123456789ab  web   running  4242   2m 6s  user:ann  1.23 MB  npm run 'dev server'",
    "proc_0123456789ab  web   exit 3      -  1s ago  user:ann  1.23 MB  npm run 'dev server'",
    '',
  ])
})
