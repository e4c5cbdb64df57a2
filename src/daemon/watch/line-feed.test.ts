import { expect, test } from 'bun:test'
import { LineFeed } from './line-feed.ts'

const TEXT = 'one\r\ntwo READY\n\u001b[31mRE\u001b[0mADY\nprogress 1\rprogress 2\n\u00e4\u20ac READY\nlast'
const LINES = ['one', 'two READY', 'READY', 'progress 2', '\u00e4\u20ac READY']

function feed(bytes: Buffer, cuts: readonly number[], needles: readonly Buffer[] | null) {
  const lines: string[] = []
  const feeder = new LineFeed({ from: 0, needles })
  let from = 0
  for (const to of [...cuts, bytes.length]) {
    lines.push(...(feeder.push(bytes.subarray(from, to), from)?.lines ?? []))
    from = to
  }
  return { lines, feeder }
}

test('lines are the same wherever two chunks meet', () => {
  const bytes = Buffer.from(TEXT)
  for (let cut = 0; cut <= bytes.length; cut++) {
    const { lines, feeder } = feed(bytes, [cut], null)
    expect(lines).toEqual(LINES)
    expect(feeder.pending()).toBe('last')
    expect(feeder.lineStart).toBe(bytes.length - 4)
  }
})

test('passing over plain stretches loses no line in which a needle stands', () => {
  const bytes = Buffer.from(`${'x\n'.repeat(50)}${TEXT}`)
  for (let cut = 0; cut <= bytes.length; cut += 3) {
    const { lines } = feed(bytes, [cut, Math.min(cut + 7, bytes.length)], [Buffer.from('READY')])
    expect(lines.filter((line) => line.includes('READY'))).toEqual(
      LINES.filter((line) => line.includes('READY')),
    )
  }
})

test('a line without end is bounded, and a hole ends a line', () => {
  const feeder = new LineFeed({ from: 0, needles: null })
  for (let i = 0; i < 20; i++) feeder.push(Buffer.alloc(16 * 1024, 0x61), i * 16 * 1024)
  expect(feeder.pending()?.length).toBe(64 * 1024)
  expect(feeder.gap(1_000_000)?.lines.length).toBe(1)
  expect(feeder.lineStart).toBe(1_000_000)
  expect(feeder.pending()).toBeNull()
})

test('a line that was dealt with before its end is not given again', () => {
  const feeder = new LineFeed({ from: 0, needles: [Buffer.from('x')] })
  feeder.push(Buffer.from('ax\nPassword x'), 0)
  feeder.omitUnfinished()
  expect(feeder.push(Buffer.from(' more x'), 13)).toBeNull()
  expect(feeder.push(Buffer.from('\nbx\nc\ndx\n'), 20)?.lines).toEqual(['bx', 'dx'])
  feeder.push(Buffer.from('ex'), 29)
  feeder.omitUnfinished()
  expect(feeder.gap(100)).toBeNull()
  expect(feeder.push(Buffer.from('fx\n'), 100)?.lines).toEqual(['fx'])
})

test('each line in which a needle stands is given once, in order, however many stand in it', () => {
  const text = 'one ab\r\ntwo\nab ab\u001b[1mba\u001b[0m\nfour\nba\n\nab\n'
  const feeder = new LineFeed({ from: 0, needles: [Buffer.from('ba'), Buffer.from('ab')] })
  expect(feeder.push(Buffer.from(text), 0)?.lines).toEqual(['one ab', 'ab abba', 'ba', 'ab'])
})
