import { openOutput, type OutputReader, type OutputSource } from './output-reader.ts'

export interface Gap {
  readonly from: number
  readonly to: number
  /** Where in `bytes` the hole stands. */
  readonly index: number
}

/** Bytes of a stream as they were printed, with the holes in them. Offsets count bytes of the stream. */
export interface OutputRange {
  readonly from: number
  /** Offset after what is in `bytes` and `gaps`. */
  readonly to: number
  /** Where to go on reading. */
  readonly next: number
  /** End of the stream when it was read. */
  readonly end: number
  readonly droppedBytes: number
  readonly bytes: Buffer
  readonly gaps: readonly Gap[]
}

export interface ReadRangeOptions extends OutputSource {
  readonly from: number
  readonly maxBytes: number
}

/**
 * At most `maxBytes` bytes from `from` on. Dropped bytes in between cost nothing of `maxBytes` and are told exactly
 * where they are missing. Beyond the end there is nothing, and `next` is `from`: bytes may come.
 */
export function readRange(options: ReadRangeOptions): OutputRange {
  using reader = openOutput(options)
  return readRangeOf(reader, options)
}

export function readRangeOf(
  reader: OutputReader,
  options: { readonly from: number; readonly maxBytes: number; readonly to?: number },
): OutputRange {
  const parts: Buffer[] = []
  const gaps: Gap[] = []
  const limit = options.to ?? Number.MAX_SAFE_INTEGER
  let at = options.from
  let index = 0
  let droppedBytes = 0
  while (index < options.maxBytes && at < limit) {
    const piece = reader.pieceAt(at, Math.min(options.maxBytes - index, limit - at))
    if (piece === null) break
    if (piece.kind === 'gap') {
      const to = Math.min(piece.to, limit)
      gaps.push({ from: piece.from, to, index })
      droppedBytes += to - piece.from
      at = to
      continue
    }
    parts.push(piece.bytes)
    index += piece.bytes.length
    at = piece.to
  }
  return {
    from: options.from,
    to: at,
    next: at,
    end: reader.end,
    droppedBytes,
    bytes: Buffer.concat(parts),
    gaps,
  }
}
