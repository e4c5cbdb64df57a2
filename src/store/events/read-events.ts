import type { Database, SQLQueryBindings } from 'bun:sqlite'
import { parseEventRow, type ReadEventsOptions, type StoredEvent } from './stored-event.ts'

export interface EventPage {
  readonly events: readonly StoredEvent[]
  /** Ask with `afterSeq: next` for what follows; it has moved even when every event was of a later version. */
  readonly next: number
  readonly epoch: string
}

/** Events in order. Whole pages: no statement, and so no read transaction, stays open between two calls. */
export function readEventPage(db: Database, options: ReadEventsOptions): EventPage {
  const where = ['seq > ?']
  const values: SQLQueryBindings[] = [options.afterSeq]
  if (options.jobId !== undefined) {
    where.push('job_id = ?')
    values.push(options.jobId)
  }
  if (options.kinds !== undefined) {
    where.push(`kind IN (${options.kinds.map(() => '?').join(', ')})`)
    values.push(...options.kinds)
  }
  values.push(options.limit)
  const rows = db
    .query<unknown, SQLQueryBindings[]>(
      `SELECT * FROM events WHERE ${where.join(' AND ')} ORDER BY seq LIMIT ?`,
    )
    .all(...values)
  const events = rows.flatMap((row) => parseEventRow(row) ?? [])
  return { events, next: lastSeqOf(rows) ?? options.afterSeq, epoch: readEpoch(db) }
}

export function readEventBySeq(db: Database, seq: number): StoredEvent | null {
  const row = db.query<unknown, [number]>('SELECT * FROM events WHERE seq = ?').get(seq)
  return row === null ? null : parseEventRow(row)
}

/** Lowest and highest number in the log, zeros when it is empty. */
export function readSeqBounds(db: Database): { readonly first: number; readonly last: number } {
  const first = numberOf(db.query('SELECT min(seq) AS n FROM events').get())
  // The highest ever given out, whatever has been deleted since.
  const last = numberOf(db.query("SELECT seq AS n FROM sqlite_sequence WHERE name = 'events'").get())
  return { first, last }
}

export function readEpoch(db: Database): string {
  const row: unknown = db.query("SELECT value FROM meta WHERE key = 'epoch'").get()
  return typeof row === 'object' && row !== null && 'value' in row ? String(row.value) : ''
}

function lastSeqOf(rows: readonly unknown[]): number | null {
  const last = rows.at(-1)
  return typeof last === 'object' && last !== null && 'seq' in last ? Number(last.seq) : null
}

function numberOf(row: unknown): number {
  return typeof row === 'object' && row !== null && 'n' in row ? Number(row.n ?? 0) : 0
}
