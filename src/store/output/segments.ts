import { statSync } from 'node:fs'
import { join } from 'node:path'
import { FettleError } from '../../core/errors.ts'
import { isErrno } from '../../platform/files/errno.ts'
import { namesIn } from '../../platform/files/names-in.ts'
import type { StreamName } from '../layout.ts'
import { readSeekTable } from './zstd-seekable.ts'

/** A piece of a stream on disk: bytes `from` to `to` (exclusive) of what was printed. */
export interface Segment {
  readonly path: string
  readonly from: number
  readonly to: number
  readonly compressed: boolean
}

/**
 * The segments of a stream that are on disk now, in order. What lies between the end of one and the start of the
 * next, or before the first, was dropped. An empty list when there is none.
 */
export function listSegments(dir: string, stream: StreamName): Segment[] {
  const byOffset = new Map<number, Segment>()
  // Sorted: `….seg` comes before its `….seg.zst`.
  for (const name of namesIn(dir)) {
    const parsed = parseSegmentName(name, stream)
    if (parsed === null) continue
    // Both are there for an instant when one has been compressed: the plain one is cheaper to read.
    if (parsed.compressed && byOffset.has(parsed.from)) continue
    const path = join(dir, name)
    const bytes = parsed.compressed ? uncompressedBytes(path) : sizeOf(path)
    if (bytes !== null) byOffset.set(parsed.from, { ...parsed, path, to: parsed.from + bytes })
  }
  return [...byOffset.values()].sort((a, b) => a.from - b.from)
}

/** Bytes ever printed to a stream and how many of them are gone, from the names and sizes alone. */
export function measureOutput(
  dir: string,
  stream: StreamName,
): { readonly bytes: number; readonly droppedBytes: number } {
  return measureSegments(listSegments(dir, stream))
}

export function measureSegments(segments: readonly Segment[]): { bytes: number; droppedBytes: number } {
  const bytes = segments.at(-1)?.to ?? 0
  const held = segments.reduce((sum, segment) => sum + segment.to - segment.from, 0)
  return { bytes, droppedBytes: bytes - held }
}

const NAME = /^(out|err)-(\d{16})\.seg(\.zst)?$/

function parseSegmentName(name: string, stream: StreamName): { from: number; compressed: boolean } | null {
  const match = NAME.exec(name)
  return match?.[1] === stream ? { from: Number(match[2]), compressed: match[3] !== undefined } : null
}

/** Null: dropped between listing and looking. */
function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null
}

/** Null also for one that is damaged: its bytes are lost, so it reads as a hole, and the others stay readable. */
function uncompressedBytes(path: string): number | null {
  try {
    return readSeekTable(path).bytes
  } catch (error) {
    if (isErrno(error, 'ENOENT') || (error instanceof FettleError && error.code === 'store_damaged'))
      return null
    throw error
  }
}
