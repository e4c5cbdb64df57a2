import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { FettleError } from '../../core/errors.ts'

/**
 * Compressed segments are in zstd's seekable format: independent frames of 1 MiB, then a skippable frame with the
 * size of each. Any `zstd -d` unpacks them, and a reader who wants the last hundred lines unpacks one frame.
 * https://github.com/facebook/zstd/blob/dev/contrib/seekable_format/zstd_seekable_compression_format.md
 */
export const FRAME_BYTES = 1024 * 1024

const SKIPPABLE_MAGIC = 0x184d2a5e
const SEEKABLE_MAGIC = 0x8f92eab1
const FOOTER_BYTES = 9
const ENTRY_BYTES = 8
const HEADER_BYTES = 8

export interface Frame {
  /** Where the frame stands in the file, and in what it unpacks to. */
  readonly at: number
  readonly length: number
  readonly from: number
  readonly to: number
}

export interface SeekTable {
  readonly frames: readonly Frame[]
  /** Size of what the file unpacks to. */
  readonly bytes: number
}

/** The skippable frame that closes a file. */
export function toSeekTable(frames: readonly Pick<Frame, 'length' | 'from' | 'to'>[]): Buffer {
  const body = frames.length * ENTRY_BYTES + FOOTER_BYTES
  const table = Buffer.alloc(HEADER_BYTES + body)
  table.writeUInt32LE(SKIPPABLE_MAGIC, 0)
  table.writeUInt32LE(body, 4)
  let at = HEADER_BYTES
  for (const frame of frames) {
    table.writeUInt32LE(frame.length, at)
    table.writeUInt32LE(frame.to - frame.from, at + 4)
    at += ENTRY_BYTES
  }
  table.writeUInt32LE(frames.length, at)
  // The byte between is the descriptor: no checksums, each frame has its own.
  table.writeUInt32LE(SEEKABLE_MAGIC, at + 5)
  return table
}

/** Throws `store_damaged` when the file does not end in a seek table. */
export function readSeekTable(path: string): SeekTable {
  const fd = openSync(path, 'r')
  try {
    return readTable(fd, path)
  } finally {
    closeSync(fd)
  }
}

function readTable(fd: number, path: string): SeekTable {
  const size = fstatSync(fd).size
  const footer = readAt(fd, size - FOOTER_BYTES, FOOTER_BYTES)
  if (footer === null || footer.readUInt32LE(5) !== SEEKABLE_MAGIC || footer[4] !== 0)
    throw damagedTable(path)
  const count = footer.readUInt32LE(0)
  const tableBytes = HEADER_BYTES + count * ENTRY_BYTES + FOOTER_BYTES
  const table = readAt(fd, size - tableBytes, tableBytes)
  if (table === null || table.readUInt32LE(0) !== SKIPPABLE_MAGIC) throw damagedTable(path)
  const frames: Frame[] = []
  let at = 0
  let from = 0
  for (let i = 0; i < count; i++) {
    const entry = HEADER_BYTES + i * ENTRY_BYTES
    const length = table.readUInt32LE(entry)
    const to = from + table.readUInt32LE(entry + 4)
    frames.push({ at, length, from, to })
    at += length
    from = to
  }
  if (at !== size - tableBytes) throw damagedTable(path)
  return { frames, bytes: from }
}

/** Exactly these bytes of a file, null when it has not got them. */
export function readAt(fd: number, at: number, length: number): Buffer | null {
  if (at < 0) return null
  const buffer = Buffer.allocUnsafe(length)
  let done = 0
  while (done < length) {
    const n = readSync(fd, buffer, done, length - done, at + done)
    if (n === 0) return null
    done += n
  }
  return buffer
}

function damagedTable(path: string): FettleError {
  return new FettleError('store_damaged', `${path} does not end in a zstd seek table`, {
    hint: 'Its other segments can still be read; "zstd -d" may save what is in it.',
    data: { path, why: 'no seek table' },
  })
}
