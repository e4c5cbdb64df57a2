import { afterEach, beforeEach, expect, test } from 'bun:test'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeOutput, writeTimes } from '../fixtures/output.ts'
import { segmentName } from '../layout.ts'
import { openArrivalTimes } from './arrival-times.ts'
import { compressSegment } from './compress-segment.ts'
import { findHead, findLineEnd, findLineStart, findTail } from './find-lines.ts'
import { openOutput } from './output-reader.ts'
import { readRange } from './read-range.ts'
import { scanLines } from './scan-lines.ts'
import { listSegments, measureOutput } from './segments.ts'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fettle-output-'))
})

afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

const range = (from: number, maxBytes: number) => readRange({ dir, stream: 'out', from, maxBytes })

async function compressAll(): Promise<void> {
  for (const segment of listSegments(dir, 'out')) await compressSegment(segment)
}

test('no folder reads as nothing', () => {
  const none = { dir: join(dir, 'none'), stream: 'out' } as const
  expect(readRange({ ...none, from: 0, maxBytes: 10 })).toMatchObject({
    from: 0,
    to: 0,
    next: 0,
    end: 0,
    gaps: [],
  })
  expect(measureOutput(none.dir, 'out')).toEqual({ bytes: 0, droppedBytes: 0 })
})

test('a range goes over segment borders, and the streams are apart', () => {
  writeOutput(dir, ['abc', 'def', 'ghi'])
  writeOutput(dir, ['other'], 'err')
  expect(range(1, 6).bytes.toString()).toBe('bcdefg')
  expect(range(1, 6)).toMatchObject({ from: 1, to: 7, next: 7, end: 9, droppedBytes: 0 })
  expect(range(9, 6)).toMatchObject({ from: 9, to: 9, next: 9, droppedBytes: 0 })
  expect(range(50, 6)).toMatchObject({ from: 50, to: 50, next: 50 })
  expect(readRange({ dir, stream: 'err', from: 0, maxBytes: 9 }).bytes.toString()).toBe('other')
})

test('holes are told exactly where they are', () => {
  writeOutput(dir, [100, 'abc', 7, 'def', 5, ''])
  expect(measureOutput(dir, 'out')).toEqual({ bytes: 118, droppedBytes: 112 })
  const all = range(0, 100)
  expect(all.bytes.toString()).toBe('abcdef')
  expect(all.gaps).toEqual([
    { from: 0, to: 100, index: 0 },
    { from: 103, to: 110, index: 3 },
    { from: 113, to: 118, index: 6 },
  ])
  expect(all).toMatchObject({ to: 118, next: 118, droppedBytes: 112 })
  expect(range(105, 2)).toMatchObject({ from: 105, to: 112, droppedBytes: 5 })
  // The budget ends before the hole: the next read states it.
  expect(range(100, 3)).toMatchObject({ to: 103, gaps: [] })
})

test('reading piece by piece gives every byte and every hole once, whatever the size of the pieces', async () => {
  writeOutput(dir, [10, 'abcdefg\n', 'hi', 3, 'jkl\nmn', 2])
  for (const compressed of [false, true]) {
    if (compressed) await compressAll()
    for (let size = 1; size < 20; size++) {
      let text = ''
      let at = 0
      let dropped = 0
      for (;;) {
        const read = range(at, size)
        if (read.next === at) break
        text += read.bytes.toString()
        dropped += read.droppedBytes
        at = read.next
      }
      expect(text).toBe('abcdefg\nhijkl\nmn')
      expect(dropped).toBe(13)
      expect(at).toBe(29)
    }
  }
})

test('a segment dropped, compressed or grown while reading', async () => {
  writeOutput(dir, ['abc\n', 'def\n', 'ghi\n'])
  using reader = openOutput({ dir, stream: 'out' })
  unlinkSync(join(dir, segmentName('out', 0)))
  expect(reader.pieceAt(0, 9)).toEqual({ kind: 'gap', from: 0, to: 4 })
  const [second] = listSegments(dir, 'out')
  if (second !== undefined) await compressSegment(second)
  expect(reader.pieceAt(4, 9)).toMatchObject({ kind: 'bytes', from: 4, to: 8 })
  appendFileSync(join(dir, segmentName('out', 8)), 'more')
  expect(reader.pieceAt(12, 9)).toBe(null)
  reader.refresh()
  expect(reader.pieceAt(12, 9)).toMatchObject({ from: 12, to: 16 })
})

test('a compressed segment is what any zstd unpacks, in frames, and as good to read', async () => {
  const line = `${'x'.repeat(99)}\n`
  const text = line.repeat(30_000) + 'the end'
  writeOutput(dir, [text, 'tail\n'])
  const [segment] = listSegments(dir, 'out')
  if (segment === undefined) throw new Error('no segment')
  const done = await compressSegment(segment)
  expect(done?.bytesBefore).toBe(text.length)
  expect(done?.bytesAfter).toBeLessThan(text.length / 50)
  expect(existsSync(segment.path)).toBe(false)
  expect(listSegments(dir, 'out')[0]).toMatchObject({ from: 0, to: text.length, compressed: true })
  expect(range(text.length - 3, 20).bytes.toString()).toBe('endtail\n')
  expect(range(1_048_570, 12).bytes.toString()).toBe(text.slice(1_048_570, 1_048_582))
  using reader = openOutput({ dir, stream: 'out' })
  const tail = findTail(reader, { lines: 20_001, maxBytes: 1e9 })
  expect(tail).toEqual({ offset: 1_000_000, lines: 20_001, bounded: false })
  // Frames before the seek table are plain zstd; the table itself is a skippable frame.
  const unpacked = Bun.spawnSync({ cmd: ['zstd', '-dc', `${segment.path}.zst`] })
  if (unpacked.success) expect(unpacked.stdout.toString()).toBe(text)
  expect(await compressSegment(listSegments(dir, 'out')[0] ?? segment)).toBe(null)
})

test('a damaged compressed segment is an error that names it, or a hole when nothing of it can be told', async () => {
  writeOutput(dir, ['abc'.repeat(100)])
  await compressAll()
  writeOutput(dir, [300, 'def'])
  const [name] = readdirSync(dir).filter((file) => file.endsWith('.zst'))
  const path = join(dir, name ?? '')
  const bytes = readFileSync(path)
  bytes[6] = (bytes[6] ?? 0) ^ 0xff
  writeFileSync(path, bytes)
  expect(() => range(0, 10)).toThrow(path)
  writeFileSync(path, bytes.subarray(0, 20))
  expect(range(0, 10)).toMatchObject({ to: 303, droppedBytes: 300 })
})

test('the tail of a log, by lines', () => {
  const find = (lines: number, pieces: (string | number)[], maxBytes = 1000) => {
    rmSync(dir, { recursive: true })
    writeOutput(dir, pieces)
    using reader = openOutput({ dir, stream: 'out' })
    const { offset, lines: found, bounded } = findTail(reader, { lines, maxBytes })
    return [offset, found, bounded]
  }
  expect(find(1, ['a\nb\nc\n'])).toEqual([4, 1, false])
  expect(find(1, ['a\nb\nc'])).toEqual([4, 1, false])
  expect(find(2, ['a\nb\n', 'c'])).toEqual([2, 2, false])
  expect(find(3, ['a\nb\nc\n'])).toEqual([0, 3, false])
  expect(find(9, ['a\nb\nc\n'])).toEqual([0, 3, false])
  expect(find(2, ['\n\n\n'])).toEqual([1, 2, false])
  expect(find(1, [''])).toEqual([0, 0, false])
  expect(find(0, ['a\n'])).toEqual([2, 0, false])
  expect(find(2, ['a\nb', 5, 'c\nd'])).toEqual([8, 2, false])
  expect(find(3, ['a\nb', 5, 'c\nd'])).toEqual([2, 3, false])
  expect(find(9, [5, 'c\nd\n'])).toEqual([0, 2, false])
  expect(find(1, ['a\n', 5, ''])).toEqual([0, 1, false])
  expect(find(2, ['x'.repeat(50)], 10)).toEqual([40, 0, true])
  expect(find(2, [`${'x'.repeat(50)}\nabc`], 10)).toEqual([51, 1, true])
})

test('the tail over block borders is the same as counted forwards', () => {
  const lines = Array.from({ length: 5000 }, (_, i) => 'y'.repeat((i * 7919) % 90))
  const text = `${lines.join('\n')}\n`
  writeOutput(dir, [text.slice(0, 100_001), text.slice(100_001)])
  using reader = openOutput({ dir, stream: 'out' })
  for (const count of [1, 2, 99, 1500, 4999]) {
    const expected = text.length - lines.slice(-count).join('\n').length - 1
    expect(findTail(reader, { lines: count, maxBytes: 1e9 }).offset).toBe(expected)
  }
})

test('the head of a log, and the borders of a line', () => {
  writeOutput(dir, ['a\nbb\n', 'c', 4, 'd\ne'])
  using reader = openOutput({ dir, stream: 'out' })
  const head = (lines: number, from = 0) => findHead(reader, { lines, maxBytes: 1000, from })
  expect(head(1)).toEqual({ offset: 2, lines: 1, bounded: false })
  expect(head(2)).toEqual({ offset: 5, lines: 2, bounded: false })
  expect(head(3)).toEqual({ offset: 6, lines: 3, bounded: false })
  expect(head(4)).toEqual({ offset: 12, lines: 4, bounded: false })
  expect(head(9)).toEqual({ offset: 13, lines: 5, bounded: false })
  expect(findHead(reader, { lines: 9, maxBytes: 3, from: 0 })).toEqual({ offset: 3, lines: 1, bounded: true })
  expect(findLineStart(reader, 4, 100)).toBe(2)
  expect(findLineStart(reader, 2, 100)).toBe(2)
  expect(findLineStart(reader, 11, 100)).toBe(10)
  expect(findLineStart(reader, 4, 1)).toBe(3)
  expect(findLineEnd(reader, 3, 100)).toBe(5)
  expect(findLineEnd(reader, 5, 100)).toBe(5)
  expect(findLineEnd(reader, 11, 100)).toBe(12)
})

test('lines one by one, with bounded memory and holes in their place', () => {
  writeOutput(dir, ['ab\ncd', 'ef\n', 3, 'tail', 2, 'x\n'])
  using reader = openOutput({ dir, stream: 'out' })
  const lines = [...scanLines(reader, { from: 0, maxLineBytes: 3 })].map((line) =>
    line.kind === 'gap'
      ? `gap ${line.from}-${line.to}`
      : `${line.from}-${line.to} ${line.bytes.toString()} cut ${line.cutBytes} ${line.ended}`,
  )
  expect(lines).toEqual([
    '0-3 ab cut 0 true',
    '3-8 cde cut 1 true',
    'gap 8-11',
    '11-15 tai cut 1 false',
    'gap 15-17',
    '17-19 x cut 0 true',
  ])
  expect([...scanLines(reader, { from: 1, to: 4 })].map((l) => [l.from, l.to])).toEqual([
    [1, 3],
    [3, 4],
  ])
})

test('times of arrival', () => {
  writeTimes(dir, [
    [10, 1000],
    [20, 2000],
    [30, 3000],
  ])
  appendFileSync(join(dir, 'out.idx'), 'cut')
  using times = openArrivalTimes({ dir, stream: 'out' })
  expect(times.count).toBe(3)
  expect([0, 9, 10, 29, 30].map((offset) => times.timeAt(offset))).toEqual([1000, 1000, 2000, 3000, null])
  expect([0, 1000, 1001, 2500, 9999].map((ms) => times.offsetSince(ms))).toEqual([0, 0, 10, 20, 30])
  using none = openArrivalTimes({ dir, stream: 'err' })
  expect(none.timeAt(5)).toBe(null)
  expect(none.offsetSince(5)).toBe(null)
})

test('times over many blocks', () => {
  writeTimes(
    dir,
    Array.from({ length: 5000 }, (_, i) => [(i + 1) * 10, i] as const),
  )
  using times = openArrivalTimes({ dir, stream: 'out' })
  for (const i of [0, 1, 1023, 1024, 1025, 4999]) {
    expect(times.timeAt(i * 10)).toBe(i)
    expect(times.offsetSince(i)).toBe(i * 10)
  }
})
