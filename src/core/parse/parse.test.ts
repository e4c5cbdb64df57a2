import { expect, test } from 'bun:test'
import { FettleError } from '../errors.ts'
import { formatCount, formatCounted } from './count.ts'
import { formatDuration, parseDuration } from './duration.ts'
import { SIGNALS, parseSignal, signalName, signalNumber } from './signal.ts'
import { formatSize, parseSize } from './size.ts'

function errorOf(act: () => unknown): FettleError {
  try {
    act()
  } catch (error) {
    if (error instanceof FettleError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

test.each([
  ['30s', 30_000],
  ['2m', 120_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1_500],
  ['500ms', 500],
  ['7d', 604_800_000],
  ['1m500ms', 60_500],
  ['0', 0],
  ['0s', 0],
  [' 2s ', 2_000],
])('parseDuration(%s)', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each(['', 's', '-1s', '1x', '1s 2', '1e9s', '1.s', '١s', '5 s', 'Infinity', '99999999999999999w'])(
  'parseDuration refuses "%s"',
  (text) => {
    const error = errorOf(() => parseDuration(text))
    expect(error.code).toBe('bad_value')
    expect(error.message).toContain('expected')
  },
)

test('a time without a unit says so and how to write it', () => {
  const error = errorOf(() => parseDuration('30'))
  expect(error.message).toContain('without a unit')
  expect(error.hint).toContain('30s')
})

test.each([
  ['2GB', 2_000_000_000],
  ['10MiB', 10_485_760],
  ['512k', 524_288],
  ['1.5kB', 1_500],
  ['4096B', 4_096],
  ['1 GiB', 1_073_741_824],
  ['1t', 1_099_511_627_776],
  ['0', 0],
])('parseSize(%s)', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes)
})

test.each(['', 'GB', '-1k', '1kk', '1e3k', '12', '99999999TB', '1 constructor'])(
  'parseSize refuses "%s"',
  (text) => {
    expect(errorOf(() => parseSize(text)).code).toBe('bad_value')
  },
)

test('signals: names, numbers, other names', () => {
  expect(parseSignal('TERM')).toEqual({ name: 'SIGTERM', number: 15 })
  expect(parseSignal('sigkill')).toEqual({ name: 'SIGKILL', number: 9 })
  expect(parseSignal('15')).toEqual({ name: 'SIGTERM', number: 15 })
  expect(parseSignal('IOT')).toEqual({ name: 'SIGABRT', number: 6 })
  expect(parseSignal('RTMIN+3')).toEqual({ name: 'SIGRTMIN+3', number: 37 })
  expect(parseSignal('RTMAX-1')).toEqual({ name: 'SIGRTMIN+29', number: 63 })
  expect(parseSignal('64')).toEqual({ name: 'SIGRTMAX', number: 64 })
  for (const text of ['0', '32', '33', '65', '-9', 'NOPE', '', 'constructor', 'RTMIN+31']) {
    expect(errorOf(() => parseSignal(text)).code).toBe('bad_value')
  }
})

test('each signal goes from name to number and back', () => {
  for (const [name, number] of Object.entries(SIGNALS)) {
    expect(signalName(number)).toBe(name)
    expect(signalNumber(name)).toBe(number)
  }
  expect(new Set(Object.values(SIGNALS)).size).toBe(31)
  expect(signalName(32)).toBeNull()
})

test('the table is what this kernel says', () => {
  const answer = Bun.spawnSync(['bash', '-c', 'for i in $(seq 1 31) 34 37 64; do kill -l $i; done'])
  const names = answer.stdout.toString().trim().split('\n')
  const numbers = [...Array.from({ length: 31 }, (_, i) => i + 1), 34, 37, 64]
  expect(names.map((name) => name.replace(/^SIG/, ''))).toEqual(
    numbers.map((number) => (signalName(number) ?? '').replace(/^SIG/, '')),
  )
})

test('times for people', () => {
  const written = [45, 999, 3_250, 12_000, 59_999, 60_000, 125_000, 5_400_000, 604_800_000, 90_000_000].map(
    formatDuration,
  )
  expect(written).toEqual(['45ms', '999ms', '3.2s', '12s', '59s', '1m', '2m 5s', '1h 30m', '7d', '1d 1h'])
  expect(formatDuration(-1_500)).toBe('-1.5s')
  expect(formatDuration(Number.NaN)).toBe('unknown')
})

test('sizes and counts for people', () => {
  expect([17, 999, 1_000, 1_204_224, 2e9, 999_499, 999_999, 12_345_678].map(formatSize)).toEqual([
    '17 B',
    '999 B',
    '1.00 kB',
    '1.20 MB',
    '2.00 GB',
    '999 kB',
    '1.00 MB',
    '12.3 MB',
  ])
  expect([0, 999, 1_000, 1_204_224, -12_345].map(formatCount)).toEqual([
    '0',
    '999',
    '1,000',
    '1,204,224',
    '-12,345',
  ])
  expect(formatCounted(1, 'match', 'matches')).toBe('1 match')
  expect(formatCounted(1_204, 'match', 'matches')).toBe('1,204 matches')
})
