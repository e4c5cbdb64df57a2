import { expect, test } from 'bun:test'
import { FettleError } from '../errors.ts'
import {
  type BreakerState,
  admitThroughBreaker,
  breakerRelease,
  createBreaker,
  globalBreaker,
} from './global-breaker.ts'
import { matchLines, parsePattern } from './pattern.ts'
import {
  type WatchDelivery,
  type WatchState,
  admitMatch,
  clipLines,
  createWatchState,
} from './watch-state.ts'

function play(times: readonly number[], state: WatchState = createWatchState()) {
  const kinds: string[] = []
  const deliveries: WatchDelivery[] = []
  for (const atMs of times) {
    const answer = admitMatch(state, { atMs, pattern: 'E', lines: ['E'] })
    state = answer.state
    kinds.push(answer.kind)
    if (answer.kind === 'delivered') deliveries.push(answer.delivery)
  }
  return { state, kinds, deliveries }
}

test('inside the cool-down: one told, ten counted, one strike', () => {
  const { state, deliveries } = play([0, ...Array.from({ length: 10 }, (_, i) => 1_000 + i * 1_390)])
  expect(deliveries).toHaveLength(1)
  expect(state.suppressedLines).toBe(10)
  expect(state.strikes).toBe(1)
  const next = play([15_000], state)
  expect(next.deliveries[0]?.suppressedLines).toBe(10)
  expect(next.state.suppressedLines).toBe(0)
})

test('three strike windows in a row: three told, switched off once, the rest counted', () => {
  const { kinds, state } = play([0, 1_000, 16_000, 17_000, 18_000, 32_000, 33_000, 34_000, 60_000, 90_000])
  expect(kinds).toEqual([
    'delivered',
    'suppressed',
    'delivered',
    'suppressed',
    'suppressed',
    'delivered',
    'disabled',
    'suppressed',
    'suppressed',
    'suppressed',
  ])
  expect(state.disabled).toBe(true)
  expect(state.suppressedLines).toBe(4)
})

test('a clean window forgives, with or without a match in it', () => {
  // Struck, clean (told at 16 s, nothing else), struck, struck: not three in a row.
  expect(play([0, 1_000, 16_000, 32_000, 33_000, 48_000, 49_000]).state).toMatchObject({
    strikes: 2,
    disabled: false,
  })
  // Struck twice, then half a minute of silence, then struck once.
  expect(play([0, 1_000, 15_000, 16_000, 45_000, 46_000]).state).toMatchObject({
    strikes: 1,
    disabled: false,
  })
  // The same without the silence.
  expect(play([0, 1_000, 15_000, 16_000, 44_999, 45_000]).state).toMatchObject({ strikes: 3, disabled: true })
})

test('a clock set back does not silence the watch', () => {
  expect(play([1e12, 5]).kinds).toEqual(['delivered', 'delivered'])
})

test('lines are counted one by one', () => {
  let state = createWatchState()
  state = admitMatch(state, { atMs: 0, pattern: 'E', lines: ['E'] }).state
  state = admitMatch(state, { atMs: 1, pattern: 'E', lines: ['E1', 'E2', 'E3'] }).state
  expect(state.suppressedLines).toBe(3)
})

test('at most 20 lines and 2,000 characters are told, the cut marked', () => {
  const limits = { maxLines: 20, maxChars: 2_000 }
  expect(clipLines(['a', 'b'], limits)).toEqual({ text: 'a\nb', truncated: false })
  const many = clipLines(
    Array.from({ length: 21 }, () => 'x'),
    limits,
  )
  expect(many.text.split('\n')).toHaveLength(21)
  expect(many.text).toEndWith('\n...(truncated)')
  const long = clipLines(['y'.repeat(3_000)], limits)
  expect(long.text).toBe(`${'y'.repeat(2_000)}\n...(truncated)`)
  expect(clipLines(['y'.repeat(2_000)], limits).truncated).toBe(false)
  expect(clipLines([`${'y'.repeat(1_999)}😀`], limits).text).toBe(`${'y'.repeat(1_999)}\n...(truncated)`)
})

test('over all jobs: 15 in 10 s pass, the 16th trips, each end is told once, counts are exact', () => {
  let breaker: BreakerState = createBreaker()
  const admitted: boolean[] = []
  const tripped: number[] = []
  for (let i = 0; i < 18; i++) {
    const answer = globalBreaker(breaker, i * 100)
    breaker = answer.state
    admitted.push(answer.admitted)
    if (answer.tripped) tripped.push(i)
  }
  expect(admitted.filter(Boolean)).toHaveLength(15)
  expect(tripped).toEqual([15])
  for (let i = 0; i < 2; i++) breaker = globalBreaker(breaker, 5_000).state
  expect(breakerRelease(breaker, 31_499).released).toBeNull()
  const released = breakerRelease(breaker, 31_500)
  expect(released.released).toEqual({ suppressed: 5 })
  expect(breakerRelease(released.state, 31_501).released).toBeNull()
  expect(globalBreaker(breaker, 40_000)).toMatchObject({ admitted: true, released: { suppressed: 5 } })
})

test('the window slides', () => {
  let breaker = createBreaker()
  for (let i = 0; i < 15; i++) breaker = globalBreaker(breaker, i * 600).state
  expect(globalBreaker(breaker, 9_900).tripped).toBe(true)
  expect(globalBreaker(breaker, 10_000).admitted).toBe(true)
})

test('what the breaker holds back has not fired and stays in the count of its job', () => {
  let breaker = createBreaker({ matches: 1 })
  breaker = globalBreaker(breaker, 0).state
  const job = createWatchState()
  const held = admitThroughBreaker(job, breaker, { atMs: 10, pattern: 'E', lines: ['E', 'E'] })
  expect(held).toMatchObject({ kind: 'held_back', tripped: true })
  expect(held.state).toMatchObject({ deliveries: 0, deliveredAtMs: null, strikes: 0, suppressedLines: 2 })
  const later = admitThroughBreaker(held.state, held.breaker, { atMs: 31_000, pattern: 'E', lines: ['E'] })
  expect(later).toMatchObject({ kind: 'delivered', released: { suppressed: 1 } })
  if (later.kind === 'delivered') expect(later.delivery.suppressedLines).toBe(2)
})

test('what a job would not tell uses up nothing of the common budget', () => {
  let breaker = createBreaker()
  let job = createWatchState()
  for (let i = 0; i < 50; i++) {
    const answer = admitThroughBreaker(job, breaker, { atMs: i, pattern: 'E', lines: ['E'] })
    job = answer.state
    breaker = answer.breaker
  }
  expect(breaker.admittedMs).toHaveLength(1)
  expect(job.suppressedLines).toBe(49)
})

test('patterns: literal by default, /regex/ with flags', () => {
  expect(parsePattern('ERROR')).toEqual({ kind: 'literal', text: 'ERROR' })
  expect(parsePattern('/err(or)?/i')).toEqual({
    kind: 'regex',
    text: '/err(or)?/i',
    source: 'err(or)?',
    flags: 'i',
  })
  expect(parsePattern(String.raw`/a\/b/`)).toMatchObject({ kind: 'regex', source: String.raw`a\/b` })
  expect(parsePattern('/a/gi')).toMatchObject({ kind: 'regex', flags: 'i' })
  for (const text of ['/usr/bin', '/', '/x', 'a/b/', 'http://x/']) {
    expect(parsePattern(text)).toEqual({ kind: 'literal', text })
  }
})

test.each(['', '//', '//i', '/a/ii', 'a\nb', 'x'.repeat(1_001)])('refused: %j', (text) => {
  try {
    parsePattern(text)
    expect.unreachable()
  } catch (error) {
    if (!(error instanceof FettleError)) throw error
    expect(error.code).toBe('bad_value')
  }
})

test('the first line hit decides, all lines hit are told', () => {
  const matchers = ['WARN', 'ERROR'].map((text) => ({ text, matches: (line: string) => line.includes(text) }))
  expect(matchLines(matchers, ['ok', 'ERROR: bad', 'WARN: hmm'])).toEqual({
    pattern: 'ERROR',
    lines: ['ERROR: bad', 'WARN: hmm'],
  })
  expect(matchLines(matchers, ['ok'])).toBeNull()
})
