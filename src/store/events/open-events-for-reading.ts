import { existsSync, statSync } from 'node:fs'
import type { Database } from 'bun:sqlite'
import { eventsDatabase, type Home } from '../layout.ts'
import { guardDamage, isDamage, openReadOnly } from './open-database.ts'
import { readEventBySeq, readEventPage, readSeqBounds, type EventPage } from './read-events.ts'
import { refuseNewerSchema, schemaVersion } from './schema.ts'
import type { ReadEventsOptions, StoredEvent } from './stored-event.ts'

/** The event log for those who only read. A home without one reads as empty. */
export interface EventReader extends Disposable {
  read(options: ReadEventsOptions): EventPage
  readOne(seq: number): StoredEvent | null
  bounds(): { readonly first: number; readonly last: number }
}

/**
 * Makes nothing and changes nothing. Each call is one whole statement: a reader that is suspended (Ctrl-Z on a
 * follower) never holds a transaction open, which would keep the daemon's WAL from being given back. Throws
 * `store_damaged`.
 */
export function openEventsForReading(home: Pick<Home, 'state'>): EventReader {
  const path = eventsDatabase(home)
  let open: OpenDatabase | null = null

  const close = (): void => {
    open?.db.close()
    open = null
  }
  /** The database as it is now: it may have been made, set aside, or opened for writing since the last call. */
  const current = (): Database | null => {
    const key = keyOf(path)
    if (key === null) {
      close()
      return null
    }
    if (open?.key === key) return open.db
    close()
    open = { key, db: openReadOnly(path) }
    return open.db
  }
  const ask = <T>(step: (db: Database) => T, empty: T): T =>
    guardDamage(
      path,
      () => {
        const db = current()
        // Version 0: the file has been made, its tables have not.
        return db === null || schemaVersion(db) === 0 ? empty : step(db)
      },
      false,
    )

  return {
    read: (options) =>
      ask((db) => readEventPage(db, options), { events: [], next: options.afterSeq, epoch: '' }),
    readOne: (seq) => ask((db) => readEventBySeq(db, seq), null),
    bounds: () => ask(readSeqBounds, { first: 0, last: 0 }),
    [Symbol.dispose]: close,
  }
}

/** Throws `store_newer` where a later version made the log: a daemon of this one would refuse to write it. */
export function checkEventsVersion(home: Pick<Home, 'state'>): void {
  const path = eventsDatabase(home)
  if (keyOf(path) === null) return
  try {
    using db = openReadOnly(path)
    refuseNewerSchema(db)
  } catch (error) {
    // A damaged one the daemon sets aside when it starts.
    if (!isDamage(error)) throw error
  }
}

interface OpenDatabase {
  readonly key: string
  readonly db: Database
}

/** Which file it is and whether it has a WAL: without one it was opened as something that does not change. */
function keyOf(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined || stat.size === 0) return null
  return `${stat.dev}:${stat.ino}:${existsSync(`${path}-wal`)}`
}
