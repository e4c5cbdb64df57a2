import type { Database } from 'bun:sqlite'
import type { EventKind } from '../../core/events/event.ts'
import type { NewEvent } from './stored-event.ts'
import type { Transactions } from './transactions.ts'

export interface Appended {
  readonly seq: number
  /** False: an event of this key was there already, and `seq` is its number. */
  readonly added: boolean
}

/** Ends are told outside at once, so they are on the medium before that. */
const DURABLE: ReadonlySet<EventKind> = new Set([
  'run_ended',
  'run_lost',
  'start_failed',
  'delegation_finished',
])

export interface AppendContext {
  readonly db: Database
  readonly transactions: Transactions
  readonly epoch: string
  readonly bootId: string
  /** Called with the highest number that may be given out, before it is. */
  readonly reserve: (seq: number) => void
}

/** Appends all or none, in order. */
export function appendEvents(context: AppendContext, events: readonly NewEvent[]): Appended[] {
  if (events.length === 0) return []
  const { db, transactions, epoch, bootId } = context
  return transactions.run(
    () => {
      const insert = db.query(
        `INSERT INTO events
          (epoch, at_ms, mono_ms, boot_id, kind, job_id, run, owner, actor, cause_seq, key, data)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         RETURNING seq`,
      )
      context.reserve(lastGivenOut(db) + events.length)
      return events.map((event) => {
        // Looked up first: a refused insert would use up a number, and a gap looks like an event that was lost.
        const known = event.key === null ? null : findKey(db, event.key)
        if (known !== null) return { seq: known, added: false }
        const row: unknown = insert.get(
          epoch,
          event.atMs,
          event.monoMs,
          bootId,
          event.kind,
          event.jobId,
          event.run,
          event.owner,
          event.actor,
          event.causeSeq,
          event.key,
          JSON.stringify(event.data),
        )
        if (!hasSeq(row)) throw new Error('The event log answered no number for a new event')
        return { seq: row.seq, added: true }
      })
    },
    { durable: events.some((event) => DURABLE.has(event.kind)) },
  )
}

export function lastGivenOut(db: Database): number {
  const row: unknown = db.query("SELECT seq FROM sqlite_sequence WHERE name = 'events'").get()
  return hasSeq(row) ? row.seq : 0
}

export function findKey(db: Database, key: string): number | null {
  const row: unknown = db.query('SELECT seq FROM events WHERE key = ?1').get(key)
  return hasSeq(row) ? row.seq : null
}

function hasSeq(row: unknown): row is { readonly seq: number } {
  return typeof row === 'object' && row !== null && 'seq' in row && typeof row.seq === 'number'
}
