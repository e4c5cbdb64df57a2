import { FettleError } from '../../core/errors.ts'
import { writeAtomic } from '../../platform/files/write-atomic.ts'
import { readRecord, toRecordText, type RecordFormat } from '../run-files/record.ts'

/**
 * Outside the database: up to which number events may have been given out. A database restored from a backup, or made
 * anew after damage, is recognised by it: it gets a new epoch and goes on above this number, so that no consumer ever
 * meets one number with two meanings. Written in steps, ahead of use.
 */
export const HIGH_WATER_FORMAT = 1
export const HIGH_WATER_STEP = 4096

export interface HighWater {
  readonly format: typeof HIGH_WATER_FORMAT
  readonly epoch: string
  readonly seq: number
  /** Inode of the database: a file restored from a backup has another. */
  readonly inode: number
}

const FORMAT: RecordFormat<HighWater> = {
  name: 'events.json',
  format: HIGH_WATER_FORMAT,
  read: (f) => ({
    format: HIGH_WATER_FORMAT,
    epoch: f.text('epoch'),
    seq: f.count('seq'),
    inode: f.count('inode'),
  }),
}

/** Null when there is none, or none that can be read. */
export function readHighWater(path: string): HighWater | null {
  try {
    return readRecord(path, FORMAT)
  } catch (error) {
    if (error instanceof FettleError && error.code === 'store_damaged') return null
    throw error
  }
}

export function writeHighWater(path: string, value: Omit<HighWater, 'format'>): void {
  writeAtomic(path, toRecordText({ format: HIGH_WATER_FORMAT, ...value }), { fsync: true })
}
