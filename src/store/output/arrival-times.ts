import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno } from '../../platform/files/errno.ts'
import { indexName } from '../layout.ts'
import type { OutputSource } from './output-reader.ts'

/** When the bytes up to `end` had arrived. */
export interface Arrival {
  readonly end: number
  readonly atMs: number
}

/**
 * Times of arrival of a stream, from its index. A lost record costs precision of time, never bytes; a time that no
 * record tells is null. The wall clock may have jumped: times are then found as well as they can be.
 */
export interface ArrivalTimes extends Disposable {
  readonly count: number
  at(i: number): Arrival | null
  /** When the byte at `offset` had arrived, null when no record covers it. */
  timeAt(offset: number): number | null
  /**
   * Offset of the first byte that arrived at or after `timeMs`. Bytes after the last record count as later. Null
   * when there is no record at all: nobody knows.
   */
  offsetSince(timeMs: number): number | null
}

const RECORD_BYTES = 16
/** Records per block held in memory: neighbours are asked for one after another. */
const BLOCK_RECORDS = 1024

export function openArrivalTimes(source: OutputSource): ArrivalTimes {
  const fd = openIndex(join(source.dir, indexName(source.stream)))
  // A record cut by a full disk is no record.
  const count = fd === null ? 0 : Math.floor(fstatSync(fd).size / RECORD_BYTES)
  const block = Buffer.alloc(BLOCK_RECORDS * RECORD_BYTES)
  let blockFrom = -1
  let blockCount = 0

  const at = (i: number): Arrival | null => {
    if (fd === null || i < 0 || i >= count) return null
    if (blockFrom === -1 || i < blockFrom || i >= blockFrom + blockCount) {
      blockFrom = i - (i % BLOCK_RECORDS)
      blockCount = Math.floor(readSync(fd, block, 0, block.length, blockFrom * RECORD_BYTES) / RECORD_BYTES)
      if (i >= blockFrom + blockCount) return null
    }
    const position = (i - blockFrom) * RECORD_BYTES
    return { end: Number(block.readBigUInt64LE(position)), atMs: block.readDoubleLE(position + 8) }
  }

  /** First record for which `is` holds; it must hold for all that follow. */
  const first = (is: (arrival: Arrival) => boolean): number => {
    let low = 0
    let high = count
    while (low < high) {
      const middle = (low + high) >> 1
      const arrival = at(middle)
      if (arrival !== null && is(arrival)) high = middle
      else low = middle + 1
    }
    return low
  }

  return {
    count,
    at,
    timeAt: (offset) => at(first((arrival) => arrival.end > offset))?.atMs ?? null,
    offsetSince: (timeMs) =>
      count === 0 ? null : (at(first((arrival) => arrival.atMs >= timeMs) - 1)?.end ?? 0),
    [Symbol.dispose]() {
      if (fd !== null) closeSync(fd)
    },
  }
}

function openIndex(path: string): number | null {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null
    throw error
  }
}
