import type { Database } from 'bun:sqlite'
import type { StreamName } from '../layout.ts'
import { Fields } from '../run-files/fields.ts'
import { parseData } from './stored-event.ts'
import type { Transactions } from './transactions.ts'

/**
 * How far a run's output has been looked through for patterns. Moved in the same transaction as the matches it
 * passed, so that a daemon that was killed neither misses nor doubles one.
 */
export interface WatchCursor {
  readonly jobId: string
  readonly run: number
  readonly stream: StreamName
  readonly offset: number
  /** The matcher's own state: strike windows, times, suppressed counts. */
  readonly state: Readonly<Record<string, unknown>>
}

export interface WatchCursors {
  read(key: Omit<WatchCursor, 'offset' | 'state'>): WatchCursor | null
  write(cursor: WatchCursor): void
  removeJob(jobId: string): void
}

export function createWatchCursors(db: Database, transactions: Transactions): WatchCursors {
  return {
    read({ jobId, run, stream }) {
      const row: unknown = db
        .query('SELECT offset, state FROM watch_cursors WHERE job_id = ?1 AND run = ?2 AND stream = ?3')
        .get(jobId, run, stream)
      if (row === null) return null
      const f = new Fields('watch cursor', row)
      return { jobId, run, stream, offset: f.count('offset'), state: parseData(f.text('state')) }
    },
    write({ jobId, run, stream, offset, state }) {
      transactions.run(() =>
        db
          .query(
            `INSERT INTO watch_cursors (job_id, run, stream, offset, state) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET offset = excluded.offset, state = excluded.state`,
          )
          .run(jobId, run, stream, offset, JSON.stringify(state)),
      )
    },
    removeJob(jobId) {
      transactions.run(() => db.query('DELETE FROM watch_cursors WHERE job_id = ?1').run(jobId))
    },
  }
}
