import { LINE_FEED } from './find-lines.ts'
import type { OutputReader } from './output-reader.ts'

/** A line as it was printed, or a hole. */
export type ScannedLine =
  | {
      readonly kind: 'line'
      /** Offset of the first byte, and after the last one with its line feed. */
      readonly from: number
      readonly to: number
      /** Without the line feed; at most `maxLineBytes`. Valid until the next line is asked for. */
      readonly bytes: Buffer
      /** Bytes of this line left out of `bytes`. */
      readonly cutBytes: number
      /** False for the last line while its line feed has not come, and before a hole. */
      readonly ended: boolean
    }
  | { readonly kind: 'gap'; readonly from: number; readonly to: number }

export interface ScanLinesOptions {
  readonly from: number
  /** Where to stop; the end of the stream unless given. */
  readonly to?: number
  readonly maxLineBytes?: number
}

export const DEFAULT_MAX_LINE_BYTES = 64 * 1024
const BLOCK_BYTES = 256 * 1024

/**
 * Lines in order, with memory for one block and one line. It is a generator: whoever must not block for long stops
 * between two lines.
 */
export function* scanLines(
  reader: OutputReader,
  options: ScanLinesOptions,
): Generator<ScannedLine, void, undefined> {
  const maxLineBytes = options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES
  const limit = options.to ?? Number.MAX_SAFE_INTEGER
  let at = options.from
  let lineFrom = at
  let carried: Buffer[] = []
  let carriedBytes = 0
  let cutBytes = 0

  const carry = (bytes: Buffer): void => {
    const kept = bytes.subarray(0, Math.max(0, maxLineBytes - carriedBytes))
    if (kept.length > 0) carried.push(kept)
    carriedBytes += kept.length
    cutBytes += bytes.length - kept.length
  }
  const take = (to: number, ended: boolean): ScannedLine => {
    const [only] = carried
    const bytes = carried.length === 1 && only !== undefined ? only : Buffer.concat(carried)
    const line = { kind: 'line', from: lineFrom, to, bytes, cutBytes, ended } as const
    carried = []
    carriedBytes = 0
    cutBytes = 0
    lineFrom = to
    return line
  }

  while (at < limit) {
    const piece = reader.pieceAt(at, Math.min(BLOCK_BYTES, limit - at))
    if (piece === null) break
    if (piece.kind === 'gap') {
      if (at > lineFrom) yield take(at, false)
      at = Math.min(piece.to, limit)
      yield { kind: 'gap', from: piece.from, to: at }
      lineFrom = at
      continue
    }
    let start = 0
    for (;;) {
      const found = piece.bytes.indexOf(LINE_FEED, start)
      if (found === -1) break
      carry(piece.bytes.subarray(start, found))
      start = found + 1
      yield take(piece.from + start, true)
    }
    if (start < piece.bytes.length) carry(piece.bytes.subarray(start))
    at = piece.to
  }
  if (at > lineFrom) yield take(at, false)
}
