import type { OutputReader } from './output-reader.ts'

export const LINE_FEED = 0x0a
const BLOCK_BYTES = 64 * 1024

export interface FoundLines {
  readonly offset: number
  /** Lines found on the way, the unfinished one and the one after a hole counted. */
  readonly lines: number
  /** `maxBytes` was reached before the asked number of lines. */
  readonly bounded: boolean
}

export interface FindLinesOptions {
  readonly lines: number
  /** How far to look, bytes. */
  readonly maxBytes: number
}

/**
 * Where the last lines before `end` begin, read backwards in blocks: the size of the log does not matter. A line ends
 * at a line feed, at a hole, or at the end. With fewer lines than asked it is 0, so that a hole at the start shows.
 */
export function findTail(
  reader: OutputReader,
  options: FindLinesOptions & { readonly end?: number },
): FoundLines {
  const end = options.end ?? reader.end
  if (options.lines === 0) return { offset: end, lines: 0, bounded: false }
  let at = end
  let lines = 0
  let start = end
  /** Bytes of a line were passed whose beginning has not been seen. */
  let inLine = false
  while (at > 0) {
    if (end - at >= options.maxBytes) return { offset: lines > 0 ? start : at, lines, bounded: true }
    const piece = reader.pieceBefore(at, Math.min(BLOCK_BYTES, options.maxBytes - (end - at)))
    if (piece === null) break
    at = piece.from
    if (piece.kind === 'gap') {
      if (inLine) {
        lines++
        start = piece.to
        if (lines === options.lines) return { offset: start, lines, bounded: false }
      }
      inLine = false
      continue
    }
    let last = piece.bytes.length - 1
    for (;;) {
      const found = last < 0 ? -1 : piece.bytes.lastIndexOf(LINE_FEED, last)
      if (found < last) inLine = true
      if (found === -1) break
      if (inLine) {
        lines++
        start = piece.from + found + 1
        if (lines === options.lines) return { offset: start, lines, bounded: false }
      }
      // The line feed is the last byte of the line before.
      inLine = true
      last = found - 1
    }
  }
  return { offset: 0, lines: inLine ? lines + 1 : lines, bounded: false }
}

/** Offset after the first lines from `from` on. */
export function findHead(
  reader: OutputReader,
  options: FindLinesOptions & { readonly from: number },
): FoundLines {
  let at = options.from
  let lines = 0
  let unfinished = false
  let seen = 0
  while (lines < options.lines) {
    if (seen >= options.maxBytes) return { offset: at, lines, bounded: true }
    const piece = reader.pieceAt(at, Math.min(BLOCK_BYTES, options.maxBytes - seen))
    if (piece === null) break
    if (piece.kind === 'gap') {
      if (unfinished) lines++
      unfinished = false
      // Where the asked lines ended right before a hole, the hole is the next reader's.
      if (lines < options.lines) at = piece.to
      continue
    }
    seen += piece.bytes.length
    let from = 0
    while (lines < options.lines) {
      const found = piece.bytes.indexOf(LINE_FEED, from)
      if (found === -1) break
      lines++
      from = found + 1
    }
    unfinished = from < piece.bytes.length
    at = lines === options.lines ? piece.from + from : piece.to
  }
  return { offset: at, lines: unfinished && lines < options.lines ? lines + 1 : lines, bounded: false }
}

/** Start of the line that holds the byte at `offset`, looking back at most `maxBytes`; a hole ends a line. */
export function findLineStart(reader: OutputReader, offset: number, maxBytes: number): number {
  let at = offset
  while (at > 0 && offset - at < maxBytes) {
    const piece = reader.pieceBefore(at, Math.min(BLOCK_BYTES, maxBytes - (offset - at)))
    if (piece?.kind !== 'bytes') return at
    const found = piece.bytes.lastIndexOf(LINE_FEED)
    if (found !== -1) return piece.from + found + 1
    at = piece.from
  }
  return at
}

/** Offset after the line that the byte before `offset` is part of (`offset` itself when a line ended there). */
export function findLineEnd(reader: OutputReader, offset: number, maxBytes: number): number {
  let at = offset
  const before = reader.pieceBefore(offset, 1)
  if (before === null || before.kind === 'gap' || before.bytes[0] === LINE_FEED) return offset
  while (at - offset < maxBytes) {
    const piece = reader.pieceAt(at, Math.min(BLOCK_BYTES, maxBytes - (at - offset)))
    if (piece?.kind !== 'bytes') return at
    const found = piece.bytes.indexOf(LINE_FEED)
    if (found !== -1) return piece.from + found + 1
    at = piece.to
  }
  return at
}
