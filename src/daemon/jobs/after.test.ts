import { expect, test } from 'bun:test'
import type { Outcome } from '../../core/run/outcome.ts'
import { JOB, OUTCOME, STATE } from '../fixtures/records.ts'
import { evaluateAfter } from './after.ts'
import type { JobEntry, RunFacts } from './job-table.ts'

const run = (change: Partial<RunFacts>): RunFacts => ({
  n: 1,
  state: STATE,
  outcome: null,
  isReady: false,
  notReady: null,
  ...change,
})
const entry = (facts: RunFacts | null, nextStartMs: number | null = null): JobEntry => ({
  job: { ...JOB, runs: facts === null ? 0 : 1, restart: { startsMs: [], crashLoop: false, nextStartMs } },
  run: facts,
})
const failed: Outcome = { ...OUTCOME, code: 1 }

const kindOf = (condition: 'ready' | 'exited' | 'ok', other: JobEntry | undefined): string =>
  evaluateAfter([{ job: 'db', condition }], () => other).kind

test('each condition is met, waits, or cannot come true any more', () => {
  const table: [string, JobEntry | undefined, string, string, string][] = [
    ['not there', undefined, 'failed', 'failed', 'failed'],
    ['not begun', entry(null), 'waiting', 'waiting', 'waiting'],
    ['runs', entry(run({})), 'waiting', 'waiting', 'waiting'],
    ['ready', entry(run({ isReady: true })), 'met', 'waiting', 'waiting'],
    ['not ready in time', entry(run({ notReady: 'late' })), 'failed', 'waiting', 'waiting'],
    ['ended well, was ready', entry(run({ isReady: true, outcome: OUTCOME })), 'met', 'met', 'met'],
    ['ended badly', entry(run({ outcome: failed })), 'failed', 'met', 'failed'],
    ['ended badly, starts again', entry(run({ outcome: failed }), 5), 'waiting', 'waiting', 'waiting'],
  ]
  for (const [what, other, ready, exited, ok] of table) {
    expect([what, kindOf('ready', other), kindOf('exited', other), kindOf('ok', other)]).toEqual([
      what,
      ready,
      exited,
      ok,
    ])
  }
})

test('one condition that cannot come true fails all', () => {
  const jobs = new Map([
    ['a', entry(run({}))],
    ['b', entry(run({ outcome: failed }))],
  ])
  const state = evaluateAfter(
    [
      { job: 'a', condition: 'ready' },
      { job: 'b', condition: 'ok' },
    ],
    (name) => jobs.get(name),
  )
  expect(state).toEqual({
    kind: 'failed',
    why: `b:ok, which it waited for, cannot come true: b did not end well: ${failed.evidence}`,
  })
})
