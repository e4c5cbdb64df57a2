import type { Database, SQLQueryBindings } from 'bun:sqlite'
import { Fields } from '../run-files/fields.ts'
import { parseData } from './stored-event.ts'
import type { Transactions } from './transactions.ts'

/** `told`: the drain gave it out. `consumed`: the owner received the same through `wait` or `logs`. */
export type NoticeState = 'pending' | 'told' | 'consumed'

/** Something an owner is to be told, once. It belongs to an event and is made in the same transaction. */
export interface Notice {
  readonly seq: number
  readonly owner: string
  readonly task: string | null
  readonly jobId: string | null
  readonly run: number | null
  readonly kind: string
  readonly atMs: number
  readonly state: NoticeState
  /** The owner has seen the end by polling, which consumes nothing. */
  readonly polled: boolean
  /** What happened, bounded and redacted. */
  readonly text: string
  readonly data: Readonly<Record<string, unknown>>
}

export type NewNotice = Omit<Notice, 'state' | 'polled'>

export interface NoticeFilter {
  readonly jobId?: string
  readonly run?: number
  readonly kinds?: readonly string[]
}

export interface Notices {
  /** One for an event and owner that is there already is left as it is. */
  add(notices: readonly NewNotice[]): void
  /** What the owner has not been told, in order. `withoutPolled` leaves out what it has seen by polling. */
  pending(options: {
    readonly owner: string
    readonly limit: number
    readonly withoutPolled?: boolean
  }): Notice[]
  /** Only pending ones change; returns how many did. On the medium when this returns. */
  mark(options: {
    readonly owner: string
    readonly seqs: readonly number[]
    readonly state: 'told' | 'consumed'
  }): number
  /** The owner has received these by another way. Returns how many were pending. */
  consume(owner: string, filter: NoticeFilter): number
  markPolled(owner: string, filter: NoticeFilter): number
  /** Gives pending ones to another owner (a job was transferred). */
  transfer(options: { readonly jobId: string; readonly to: string }): number
  owners(): string[]
  /** Removes told and consumed ones up to an event. */
  removeBefore(seq: number): number
}

export function createNotices(db: Database, transactions: Transactions): Notices {
  const change = (sql: string, values: SQLQueryBindings[], durable: boolean): number =>
    transactions.run(() => db.query<unknown, SQLQueryBindings[]>(sql).run(...values).changes, { durable })
  return {
    add(notices) {
      transactions.run(() => {
        const insert = db.query(
          `INSERT INTO notices (seq, owner, task, job_id, run, kind, at_ms, state, text, data)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'pending', ?8, ?9) ON CONFLICT DO NOTHING`,
        )
        for (const n of notices) {
          const data = JSON.stringify(n.data)
          insert.run(n.seq, n.owner, n.task, n.jobId, n.run, n.kind, n.atMs, n.text, data)
        }
      })
    },
    pending({ owner, limit, withoutPolled }) {
      const polled = withoutPolled === true ? 'AND polled = 0' : ''
      return db
        .query(`SELECT * FROM notices WHERE owner = ?1 AND state = 'pending' ${polled} ORDER BY seq LIMIT ?2`)
        .all(owner, limit)
        .map(parseNotice)
    },
    mark({ owner, seqs, state }) {
      if (seqs.length === 0) return 0
      const marks = seqs.map(() => '?').join(', ')
      return change(
        `UPDATE notices SET state = ? WHERE owner = ? AND state = 'pending' AND seq IN (${marks})`,
        [state, owner, ...seqs],
        true,
      )
    },
    consume(owner, filter) {
      const { sql, values } = toWhere(owner, filter)
      return change(`UPDATE notices SET state = 'consumed' WHERE ${sql}`, values, true)
    },
    markPolled(owner, filter) {
      const { sql, values } = toWhere(owner, filter)
      return change(`UPDATE notices SET polled = 1 WHERE ${sql} AND polled = 0`, values, false)
    },
    transfer({ jobId, to }) {
      return change(
        "UPDATE OR IGNORE notices SET owner = ? WHERE job_id = ? AND owner <> ? AND state = 'pending'",
        [to, jobId, to],
        false,
      )
    },
    owners() {
      return db
        .query("SELECT DISTINCT owner FROM notices WHERE state = 'pending' ORDER BY owner")
        .all()
        .map((row) => new Fields('notice', row).text('owner'))
    },
    removeBefore: (seq) => change("DELETE FROM notices WHERE seq < ? AND state <> 'pending'", [seq], false),
  }
}

function toWhere(owner: string, filter: NoticeFilter): { sql: string; values: SQLQueryBindings[] } {
  const where = ['owner = ?', "state = 'pending'"]
  const values: SQLQueryBindings[] = [owner]
  if (filter.jobId !== undefined) {
    where.push('job_id = ?')
    values.push(filter.jobId)
  }
  if (filter.run !== undefined) {
    where.push('run = ?')
    values.push(filter.run)
  }
  if (filter.kinds !== undefined) {
    where.push(`kind IN (${filter.kinds.map(() => '?').join(', ')})`)
    values.push(...filter.kinds)
  }
  return { sql: where.join(' AND '), values }
}

function parseNotice(row: unknown): Notice {
  const f = new Fields('notice', row)
  return {
    seq: f.count('seq'),
    owner: f.text('owner'),
    task: f.orNull('task', (key) => f.text(key)),
    jobId: f.orNull('job_id', (key) => f.text(key)),
    run: f.orNull('run', (key) => f.count(key)),
    kind: f.text('kind'),
    atMs: f.number('at_ms'),
    state: f.oneOf('state', ['pending', 'told', 'consumed']),
    polled: f.number('polled') !== 0,
    text: f.text('text'),
    data: parseData(f.text('data')),
  }
}
