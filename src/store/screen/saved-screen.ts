import { FettleError } from '../../core/errors.ts'
import { writeAtomic } from '../../platform/files/write-atomic.ts'
import { readRecord, toRecordText } from '../run-files/record.ts'

/** A terminal as it was after some of a run's output. */
export interface SavedScreen {
  readonly format: 1
  /** Bytes of output drawn so far. */
  readonly offset: number
  readonly rows: number
  readonly cols: number
  /** Changes of size taken from the journal so far. */
  readonly sizes: number
  /** Everything from here on was drawn: 0, or the end of the last hole. */
  readonly fromOffset: number
  readonly title: string
  /** Brings an empty terminal of this size to the state. */
  readonly state: string
}

export function writeSavedScreen(path: string, saved: SavedScreen): void {
  writeAtomic(path, toRecordText(saved))
}

/** Null where there is none that this version understands: it is made from output and can be made again. */
export function readSavedScreen(path: string): SavedScreen | null {
  try {
    return readRecord(path, {
      name: 'screen.json',
      format: 1,
      read: (fields) => ({
        format: 1,
        offset: fields.count('offset'),
        rows: fields.count('rows'),
        cols: fields.count('cols'),
        sizes: fields.count('sizes'),
        fromOffset: fields.count('fromOffset'),
        title: fields.text('title'),
        state: fields.text('state'),
      }),
    })
  } catch (error) {
    if (error instanceof FettleError) return null
    throw error
  }
}
