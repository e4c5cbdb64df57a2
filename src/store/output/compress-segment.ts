import { open, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Segment } from './segments.ts'
import { FRAME_BYTES, toSeekTable, type Frame } from './zstd-seekable.ts'

export interface Compressed {
  readonly path: string
  readonly bytesBefore: number
  readonly bytesAfter: number
}

/**
 * Replaces a plain segment of a finished run by its compressed form. Works in steps of 1 MiB off the main thread, so
 * that a daemon stays awake meanwhile. Killed at any point, the plain segment is whole or the compressed one is.
 * Null when there was nothing to do (compressed already, or empty: an empty segment only states an offset).
 */
export async function compressSegment(segment: Segment): Promise<Compressed | null> {
  if (segment.compressed || segment.to === segment.from) return null
  const target = `${segment.path}.zst`
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`)
  try {
    const bytesAfter = await writeFrames(segment, temporary)
    await rename(temporary, target)
    await unlink(segment.path)
    return { path: target, bytesBefore: segment.to - segment.from, bytesAfter }
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  }
}

async function writeFrames(segment: Segment, path: string): Promise<number> {
  await using source = await open(segment.path, 'r')
  await using target = await open(path, 'w', 0o600)
  const frames: Pick<Frame, 'length' | 'from' | 'to'>[] = []
  const length = segment.to - segment.from
  let bytesAfter = 0
  for (let from = 0; from < length; from += FRAME_BYTES) {
    const to = Math.min(from + FRAME_BYTES, length)
    const plain = Buffer.allocUnsafe(to - from)
    const { bytesRead } = await source.read(plain, 0, plain.length, from)
    if (bytesRead !== plain.length) throw new Error(`${segment.path} is shorter than it was`)
    const packed = await Bun.zstdCompress(plain)
    await target.writeFile(packed)
    frames.push({ length: packed.length, from, to })
    bytesAfter += packed.length
  }
  const table = toSeekTable(frames)
  await target.writeFile(table)
  await target.sync()
  return bytesAfter + table.length
}
