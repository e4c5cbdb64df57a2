import { isErrno } from '../../platform/files/errno.ts'
import type { StreamName } from '../layout.ts'
import { openSegment, type SegmentReader } from './segment-reader.ts'
import { listSegments, type Segment } from './segments.ts'

export interface OutputSource {
  /** The run's `output` folder. */
  readonly dir: string
  readonly stream: StreamName
}

/** What stands at an offset: bytes, or a hole whose size is exact. */
export type Piece =
  | { readonly kind: 'bytes'; readonly from: number; readonly to: number; readonly bytes: Buffer }
  | { readonly kind: 'gap'; readonly from: number; readonly to: number }

/** A stream as it was when it was opened or last refreshed. Costs memory for one piece, whatever the log's size. */
export interface OutputReader extends Disposable {
  /** Offset of the first byte that is still there. */
  readonly first: number
  /** Offset after the last byte. */
  readonly end: number
  /** Looks again: bytes that came since, segments that went. */
  refresh(): void
  /** What stands at `offset`, at most `maxBytes` of it; null at the end. */
  pieceAt(offset: number, maxBytes: number): Piece | null
  /** What stands before `offset`, at most `maxBytes` of it; null at the start. */
  pieceBefore(offset: number, maxBytes: number): Piece | null
}

export function openOutput(source: OutputSource): OutputReader {
  let segments = listSegments(source.dir, source.stream)
  let open: SegmentReader | null = null

  const close = (): void => {
    open?.[Symbol.dispose]()
    open = null
  }

  const refresh = (): void => {
    segments = listSegments(source.dir, source.stream)
    // A live segment has grown since it was opened.
    const held = open?.segment
    if (held !== undefined && !segments.some((s) => isSame(s, held))) close()
  }

  const readerOf = (segment: Segment): SegmentReader => {
    if (open !== null && isSame(open.segment, segment)) return open
    close()
    open = openSegment(segment)
    return open
  }

  /** Bytes of a segment, or null when it has gone: then the list has been made anew. */
  const read = (segment: Segment, from: number, to: number): Piece | null => {
    try {
      const bytes = readerOf(segment).read(from, to)
      if (bytes.length > 0) return { kind: 'bytes', from, to: from + bytes.length, bytes }
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error
    }
    // Dropped by the cap, compressed, or cut short since the list was made.
    close()
    refresh()
    return null
  }

  const endOf = (): number => segments.at(-1)?.to ?? 0

  return {
    get first() {
      return segments[0]?.from ?? 0
    },
    get end() {
      return endOf()
    },
    refresh,
    pieceAt(offset, maxBytes) {
      // Each turn of the loop reads, or has seen a segment go.
      for (let tries = 0; tries <= MAX_TRIES && offset < endOf(); tries++) {
        const i = indexAt(segments, offset)
        const segment = segments[i]
        if (segment === undefined || offset >= segment.to) {
          return { kind: 'gap', from: offset, to: segments[i + 1]?.from ?? endOf() }
        }
        const piece = read(segment, offset, Math.min(segment.to, offset + maxBytes))
        if (piece !== null) return piece
      }
      return null
    },
    pieceBefore(offset, maxBytes) {
      for (let tries = 0; tries <= MAX_TRIES && offset > 0; tries++) {
        const i = indexAt(segments, offset - 1)
        const segment = segments[i]
        const end = segment?.to ?? 0
        if (segment === undefined || offset > end) return { kind: 'gap', from: end, to: offset }
        const piece = readBackwards(segment, offset, maxBytes)
        if (piece !== null) return piece
      }
      return null
    },
    [Symbol.dispose]: close,
  }

  /** A compressed segment gives what is left of a frame: read on until the piece ends at `offset`. */
  function readBackwards(segment: Segment, offset: number, maxBytes: number): Piece | null {
    const from = Math.max(segment.from, offset - maxBytes)
    const parts: Buffer[] = []
    let at = from
    while (at < offset) {
      const piece = read(segment, at, offset)
      if (piece?.kind !== 'bytes') return null
      parts.push(piece.bytes)
      at = piece.to
    }
    const [only] = parts
    return {
      kind: 'bytes',
      from,
      to: offset,
      bytes: parts.length === 1 && only ? only : Buffer.concat(parts),
    }
  }
}

/** A list that keeps changing under the reader changes with the cap's pace, once per segment. */
const MAX_TRIES = 1000

/** Index of the last segment that starts at or before `offset`, -1 when it lies before all of them. */
function indexAt(segments: readonly Segment[], offset: number): number {
  let low = 0
  let high = segments.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((segments[middle]?.from ?? 0) <= offset) low = middle + 1
    else high = middle
  }
  return low - 1
}

function isSame(a: Segment, b: Segment): boolean {
  return a.path === b.path && a.to === b.to
}
