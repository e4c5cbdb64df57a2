import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import type { Database } from 'bun:sqlite'
import { FettleError } from '../../core/errors.ts'
import { bootId, nowMs } from '../../platform/clock.ts'
import { eventsDatabase, eventsHighWater, type Home } from '../layout.ts'
import { appendEvents, findKey, lastGivenOut, type Appended } from './append-events.ts'
import { createConsumers, type Consumers } from './consumers.ts'
import { createDelegations, type Delegations } from './delegations.ts'
import { HIGH_WATER_STEP, readHighWater, writeHighWater } from './high-water.ts'
import { createNotices, type Notices } from './notices.ts'
import { guardDamage, isDamage, openWritable, setAside } from './open-database.ts'
import { readEpoch, readEventBySeq, readEventPage, readSeqBounds, type EventPage } from './read-events.ts'
import { prepareSchema } from './schema.ts'
import type { NewEvent, ReadEventsOptions, StoredEvent } from './stored-event.ts'
import { createTransactions } from './transactions.ts'
import { createWatchCursors, type WatchCursors } from './watch-cursors.ts'

/** Everything the daemon keeps in SQLite. One writer: whoever opens it holds the daemon's lock. */
export interface EventStore extends Disposable {
  readonly epoch: string
  /** What was found and done on opening, worth an event: a damaged file set aside, a database older than its home. */
  readonly notes: readonly OpeningNote[]
  /** In one transaction, in order; an event whose key is there already is not added again. */
  append(events: readonly NewEvent[]): Appended[]
  read(options: ReadEventsOptions): EventPage
  readOne(seq: number): StoredEvent | null
  /** Number of the event with this key, null when there is none. */
  seqOf(key: string): number | null
  /** Numbers of the oldest event still there and of the newest ever. */
  bounds(): { readonly first: number; readonly last: number }
  /** Lets the oldest events go, up to and without `seq`. */
  removeBefore(seq: number): number
  /** Several steps as one: an event, the notice of it, and the cursor that passed it. */
  transaction<T>(step: () => T, options?: { readonly durable?: boolean }): T
  readonly consumers: Consumers
  readonly notices: Notices
  readonly watchCursors: WatchCursors
  readonly delegations: Delegations
}

export interface OpeningNote {
  readonly kind: 'set_aside' | 'new_epoch'
  readonly path: string
  readonly why: string
}

/**
 * Opens the event log for writing, and makes it when it is missing. A damaged one is set aside as
 * `fettle.db.damaged-TIME` and a new one begun in a new epoch. Throws `store_newer` for one of a later version.
 */
export function openEventsForWriting(home: Pick<Home, 'state'>): EventStore {
  const path = eventsDatabase(home)
  const notes: OpeningNote[] = []
  const db = openOrSetAside(path, notes)
  try {
    return createStore({ db, home, notes })
  } catch (error) {
    db.close()
    throw error
  }
}

function openOrSetAside(path: string, notes: OpeningNote[]): Database {
  try {
    return openPrepared(path)
  } catch (error) {
    const damaged = isDamage(error) || (error instanceof FettleError && error.code === 'store_damaged')
    if (!damaged) throw error
    const why = error instanceof Error ? error.message : String(error)
    notes.push({ kind: 'set_aside', path: setAside(path, nowMs()), why })
    return openPrepared(path)
  }
}

function openPrepared(path: string): Database {
  const db = openWritable(path)
  try {
    prepareSchema(db, newEpoch())
    // Touches the pages every start needs: damage there is found now and not in the midst of work.
    readSeqBounds(db)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function createStore(options: { db: Database; home: Pick<Home, 'state'>; notes: OpeningNote[] }): EventStore {
  const { db, home, notes } = options
  const transactions = createTransactions(db)
  const { epoch, reservedUpTo } = continueNumbers({ db, home, notes })
  const path = eventsDatabase(home)
  const inode = statSync(path).ino
  // What was reserved before counts on: a start writes nothing, and a full disk does not keep it from happening.
  let reserved = reservedUpTo
  const reserve = (seq: number): void => {
    if (seq <= reserved) return
    reserved = seq + HIGH_WATER_STEP
    writeHighWater(eventsHighWater(home), { epoch, seq: reserved, inode })
  }
  reserve(lastGivenOut(db))
  const context = { db, transactions, epoch, bootId: bootId(), reserve }
  return {
    epoch,
    notes,
    append: (events) => appendEvents(context, events),
    read: (read) => guardDamage(path, () => readEventPage(db, read), true),
    seqOf: (key) => guardDamage(path, () => findKey(db, key), true),
    readOne: (seq) => guardDamage(path, () => readEventBySeq(db, seq), true),
    bounds: () => guardDamage(path, () => readSeqBounds(db), true),
    removeBefore: (seq) =>
      transactions.run(() => db.query('DELETE FROM events WHERE seq < ?1').run(seq).changes),
    transaction: (step, more) => transactions.run(step, more),
    consumers: createConsumers({ db, transactions, lastSeq: () => lastGivenOut(db) }),
    notices: createNotices(db, transactions),
    watchCursors: createWatchCursors(db, transactions),
    delegations: createDelegations(db, transactions),
    [Symbol.dispose]() {
      transactions[Symbol.dispose]()
      db.close()
    },
  }
}

/**
 * The epoch to write under. When the numbers in the database end below what was given out before, or it is another
 * file than was written last, it was restored or made anew: a new epoch then goes on above all old numbers.
 */
function continueNumbers(options: { db: Database; home: Pick<Home, 'state'>; notes: OpeningNote[] }): {
  readonly epoch: string
  readonly reservedUpTo: number
} {
  const { db, home, notes } = options
  const epoch = readEpoch(db)
  const before = readHighWater(eventsHighWater(home))
  const last = lastGivenOut(db)
  const path = eventsDatabase(home)
  if (before === null) return { epoch, reservedUpTo: 0 }
  const isSame =
    before.epoch === epoch && before.inode === statSync(path).ino && last + HIGH_WATER_STEP * 2 >= before.seq
  if (isSame) return { epoch, reservedUpTo: before.seq }
  const next = newEpoch()
  const seq = Math.max(last, before.seq)
  db.transaction(() => {
    db.query("UPDATE meta SET value = ?1 WHERE key = 'epoch'").run(next)
    db.run("DELETE FROM sqlite_sequence WHERE name = 'events'")
    db.query("INSERT INTO sqlite_sequence (name, seq) VALUES ('events', ?1)").run(seq)
  })()
  notes.push({
    kind: 'new_epoch',
    path,
    why: `events up to ${before.seq} were given out, this database ends at ${last}`,
  })
  return { epoch: next, reservedUpTo: 0 }
}

function newEpoch(): string {
  return randomBytes(6).toString('hex')
}
