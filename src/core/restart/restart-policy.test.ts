import { expect, test } from 'bun:test'
import type { RestartPolicy } from '../run/spec.ts'
import { longestDelayMs, NO_RESTARTS, type NextStartInput, nextStart } from './restart-policy.ts'

const POLICY: RestartPolicy = {
  when: 'on-failure',
  delayMs: 1_000,
  maxDelayMs: 30_000,
  budget: 5,
  windowMs: 60_000,
}

const FAILED = {
  state: 'exited',
  code: 1,
  signal: null,
  reason: 'exit',
  startedAtMs: 0,
  endedAtMs: 100,
} as const

function ask(rest: Partial<NextStartInput> = {}): ReturnType<typeof nextStart> {
  return nextStart({
    policy: POLICY,
    counters: NO_RESTARTS,
    outcome: FAILED,
    nowMs: 1_000,
    chance: 0.5,
    ...rest,
  })
}

test('a failure is started again after the first delay', () => {
  expect(ask()).toEqual({
    kind: 'start',
    atMs: 2_000,
    delayMs: 1_000,
    counters: { startsMs: [2_000], crashLoop: false, nextStartMs: 2_000 },
  })
})

test('what somebody ended stays down, whatever the policy', () => {
  for (const when of ['on-failure', 'always'] as const) {
    for (const reason of ['killed', 'superseded'] as const) {
      const outcome = { ...FAILED, code: null, signal: 'SIGTERM', reason }
      expect(ask({ policy: { ...POLICY, when }, outcome })).toMatchObject({ kind: 'stop', why: 'on_request' })
    }
  }
})

test('never, and on-failure after success, start nothing', () => {
  expect(ask({ policy: { ...POLICY, when: 'never' } })).toMatchObject({ kind: 'stop', why: 'policy_never' })
  const well = { ...FAILED, code: 0 }
  expect(ask({ outcome: well })).toMatchObject({ kind: 'stop', why: 'ended_well' })
  expect(ask({ outcome: well, policy: { ...POLICY, when: 'always' } })).toMatchObject({ kind: 'start' })
})

test('on-failure counts what is not proven to have ended well', () => {
  const outcomes = [
    { ...FAILED, code: null, signal: 'SIGSEGV', reason: 'signal' },
    { ...FAILED, code: 0, reason: 'timed_out' },
    { ...FAILED, code: null, signal: 'SIGKILL', reason: 'oom' },
    { ...FAILED, state: 'failed_to_start', code: null, reason: 'start' },
    { ...FAILED, state: 'lost', code: null, reason: 'reboot' },
  ] as const
  for (const outcome of outcomes) expect(ask({ outcome }).kind).toBe('start')
})

test('the delay doubles up to its bound, and jitter never passes it', () => {
  const delays: number[] = []
  let counters = NO_RESTARTS
  let nowMs = 0
  const policy = { ...POLICY, budget: 1_000 }
  for (let i = 0; i < 8; i++) {
    const next = ask({
      policy,
      counters,
      nowMs,
      outcome: { ...FAILED, startedAtMs: nowMs - 10, endedAtMs: nowMs },
    })
    if (next.kind !== 'start') throw new Error(next.kind)
    delays.push(next.delayMs)
    counters = next.counters
    nowMs = next.atMs + 10
  }
  expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  expect(ask({ chance: 0 })).toMatchObject({ delayMs: 800 })
  expect(ask({ chance: 0.999 })).toMatchObject({ delayMs: 1_200 })
  const full = { startsMs: [1, 2, 3, 4, 5, 6, 7], crashLoop: false, nextStartMs: null }
  expect(ask({ policy, counters: full, chance: 0.999 })).toMatchObject({ delayMs: 30_000 })
})

test('no planned delay is longer than is said', () => {
  let counters = NO_RESTARTS
  for (let i = 0; i < 8; i++) {
    const next = ask({ policy: { ...POLICY, budget: 100 }, counters, chance: 0.999 })
    if (next.kind !== 'start') throw new Error(next.kind)
    counters = next.counters
    const longestMs = longestDelayMs(POLICY, counters)
    expect(next.delayMs).toBeLessThanOrEqual(longestMs)
    expect(next.delayMs).toBeGreaterThan(longestMs * 0.99)
  }
})

test('a budget of five allows five, not six', () => {
  let counters = NO_RESTARTS
  let nowMs = 0
  const kinds: string[] = []
  for (let i = 0; i < 7; i++) {
    const next = ask({ counters, nowMs, policy: { ...POLICY, delayMs: 10, maxDelayMs: 10 } })
    kinds.push(next.kind)
    counters = next.counters
    nowMs += 100
  }
  expect(kinds).toEqual(['start', 'start', 'start', 'start', 'start', 'crash_loop', 'stop'])
  expect(counters.crashLoop).toBe(true)
})

test('a run that lasted a window begins a new row', () => {
  const counters = { startsMs: [10, 20, 30, 40, 50], crashLoop: false, nextStartMs: null }
  const outcome = { ...FAILED, startedAtMs: 50, endedAtMs: 60_050 }
  expect(ask({ counters, outcome, nowMs: 60_050 })).toMatchObject({ kind: 'start', delayMs: 1_000 })
})

test('starts that lie in the future after the clock was set back do not count', () => {
  const counters = { startsMs: [9e12, 9e12, 9e12, 9e12, 9e12], crashLoop: false, nextStartMs: null }
  expect(ask({ counters })).toMatchObject({ kind: 'start', delayMs: 1_000 })
})
