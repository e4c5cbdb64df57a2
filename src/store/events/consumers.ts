import type { Database } from 'bun:sqlite'
import { FettleError } from '../../core/errors.ts'
import { Fields } from '../run-files/fields.ts'
import type { Transactions } from './transactions.ts'

/** A named reader of events. Reading never moves its cursor; acknowledging does. */
export interface Consumer {
  readonly name: string
  readonly owner: string | null
  /** Last acknowledged event; what follows it is still to be read. */
  readonly ackedSeq: number
  readonly createdMs: number
}

export interface Consumers {
  /**
   * Makes a consumer, or answers the one of this name and owner (its cursor stays). Throws `name_taken` when another
   * owner has the name.
   */
  create(consumer: Consumer): Consumer
  /** Throws `consumer_not_found`. */
  read(name: string): Consumer
  list(): Consumer[]
  /**
   * Everything up to `seq` has been dealt with: on the medium when this returns. Never goes back; `bad_value` for a
   * number that no event has had yet.
   */
  ack(name: string, seq: number): Consumer
  remove(name: string): boolean
}

export function createConsumers(options: {
  db: Database
  transactions: Transactions
  lastSeq: () => number
}): Consumers {
  const { db, transactions, lastSeq } = options
  const find = (name: string): Consumer | null => {
    const row: unknown = db.query('SELECT * FROM consumers WHERE name = ?1').get(name)
    return row === null ? null : parseConsumer(row)
  }
  const read = (name: string): Consumer => find(name) ?? notFound(name)
  return {
    create(consumer) {
      return transactions.run(
        () => {
          const there = find(consumer.name)
          if (there !== null && there.owner !== consumer.owner) throw nameTaken(there)
          if (there !== null) return there
          db.query('INSERT INTO consumers (name, owner, cursor, created_ms) VALUES (?1, ?2, ?3, ?4)').run(
            consumer.name,
            consumer.owner,
            consumer.ackedSeq,
            consumer.createdMs,
          )
          return consumer
        },
        { durable: true },
      )
    },
    read,
    list: () => db.query('SELECT * FROM consumers ORDER BY name').all().map(parseConsumer),
    ack(name, seq) {
      return transactions.run(
        () => {
          const consumer = read(name)
          if (seq > lastSeq()) throw aheadOfLog(seq, lastSeq())
          if (seq <= consumer.ackedSeq) return consumer
          db.query('UPDATE consumers SET cursor = ?2 WHERE name = ?1').run(name, seq)
          return { ...consumer, ackedSeq: seq }
        },
        { durable: true },
      )
    },
    remove: (name) =>
      transactions.run(() => db.query('DELETE FROM consumers WHERE name = ?1').run(name).changes > 0),
  }
}

function parseConsumer(row: unknown): Consumer {
  const f = new Fields('consumer', row)
  return {
    name: f.text('name'),
    owner: f.orNull('owner', (key) => f.text(key)),
    ackedSeq: f.count('cursor'),
    createdMs: f.number('created_ms'),
  }
}

function notFound(name: string): never {
  throw new FettleError('consumer_not_found', `No consumer is called "${name}"`, { data: { name } })
}

function nameTaken(there: Consumer): FettleError {
  return new FettleError('name_taken', `The consumer "${there.name}" belongs to ${there.owner ?? 'nobody'}`, {
    hint: 'Choose another name.',
    data: { name: there.name, owner: there.owner },
  })
}

function aheadOfLog(seq: number, last: number): FettleError {
  return new FettleError('bad_value', `Cannot acknowledge event ${seq}: the newest is ${last}`, {
    data: { seq, last },
  })
}
