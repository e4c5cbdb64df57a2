import { closeSync, openSync, readSync } from 'node:fs'
import { FettleError } from '../../core/errors.ts'
import type { Segment } from './segments.ts'
import { readAt, readSeekTable, type Frame, type SeekTable } from './zstd-seekable.ts'

/** Bytes of one segment, plain or compressed. Holds a descriptor: it stays readable when the cap drops the file. */
export interface SegmentReader extends Disposable {
  readonly segment: Segment
  /** Bytes `from` to at most `to` of the stream; may be fewer, never empty unless the file has shrunk. */
  read(from: number, to: number): Buffer
}

/** Throws ENOENT when the segment has been dropped or compressed since it was listed. */
export function openSegment(segment: Segment): SegmentReader {
  return segment.compressed ? openCompressed(segment) : openPlain(segment)
}

function openPlain(segment: Segment): SegmentReader {
  const fd = openSync(segment.path, 'r')
  return {
    segment,
    read(from, to) {
      const buffer = Buffer.allocUnsafe(to - from)
      const n = readSync(fd, buffer, 0, buffer.length, from - segment.from)
      return buffer.subarray(0, n)
    },
    [Symbol.dispose]() {
      closeSync(fd)
    },
  }
}

function openCompressed(segment: Segment): SegmentReader {
  const table = readSeekTable(segment.path)
  const fd = openSync(segment.path, 'r')
  let unpacked: { readonly frame: Frame; readonly bytes: Buffer } | null = null
  return {
    segment,
    read(from, to) {
      const at = from - segment.from
      const frame = frameAt(table, at)
      if (frame === null) return Buffer.alloc(0)
      if (unpacked?.frame !== frame) unpacked = { frame, bytes: unpack({ fd, frame, path: segment.path }) }
      return unpacked.bytes.subarray(at - frame.from, Math.min(to - segment.from, frame.to) - frame.from)
    },
    [Symbol.dispose]() {
      closeSync(fd)
    },
  }
}

function frameAt(table: SeekTable, at: number): Frame | null {
  let low = 0
  let high = table.frames.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const frame = table.frames[middle]
    if (frame === undefined) return null
    if (at < frame.from) high = middle - 1
    else if (at >= frame.to) low = middle + 1
    else return frame
  }
  return null
}

function unpack(options: { fd: number; frame: Frame; path: string }): Buffer {
  const { fd, frame, path } = options
  const packed = readAt(fd, frame.at, frame.length)
  const bytes = packed === null ? null : tryUnpack(packed)
  if (bytes?.length === frame.to - frame.from) return bytes
  throw new FettleError('store_damaged', `${path}: the frame at byte ${frame.at} cannot be unpacked`, {
    data: { path, at: frame.at, why: 'zstd frame' },
  })
}

function tryUnpack(packed: Buffer): Buffer | null {
  try {
    return Bun.zstdDecompressSync(packed)
  } catch {
    // The library's message names no file; the caller's does.
    return null
  }
}
