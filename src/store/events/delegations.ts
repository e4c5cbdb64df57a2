import type { Database } from 'bun:sqlite'
import { Fields } from '../run-files/fields.ts'
import { parseData } from './stored-event.ts'
import type { Transactions } from './transactions.ts'

/** Work handed to sub-agents. What is in it is the daemon's; here it is kept. */
export interface StoredDelegation {
  readonly id: string
  readonly owner: string
  readonly task: string | null
  readonly createdMs: number
  /** Null while it is open. */
  readonly finishedMs: number | null
  readonly data: Readonly<Record<string, unknown>>
}

export interface Delegations {
  /** Makes it or replaces it. */
  write(delegation: StoredDelegation): void
  read(id: string): StoredDelegation | null
  /** Oldest first; of one owner when given. */
  list(owner?: string): StoredDelegation[]
  removeFinishedBefore(ms: number): number
}

export function createDelegations(db: Database, transactions: Transactions): Delegations {
  return {
    write(d) {
      transactions.run(
        () =>
          db
            .query(
              `INSERT INTO delegations (id, owner, task, created_ms, finished_ms, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT DO UPDATE SET owner = excluded.owner, task = excluded.task,
                 finished_ms = excluded.finished_ms, data = excluded.data`,
            )
            .run(d.id, d.owner, d.task, d.createdMs, d.finishedMs, JSON.stringify(d.data)),
        { durable: true },
      )
    },
    read(id) {
      const row: unknown = db.query('SELECT * FROM delegations WHERE id = ?1').get(id)
      return row === null ? null : parseDelegation(row)
    },
    list(owner) {
      const rows =
        owner === undefined
          ? db.query('SELECT * FROM delegations ORDER BY created_ms, id').all()
          : db.query('SELECT * FROM delegations WHERE owner = ?1 ORDER BY created_ms, id').all(owner)
      return rows.map(parseDelegation)
    },
    removeFinishedBefore: (ms) =>
      transactions.run(() => db.query('DELETE FROM delegations WHERE finished_ms < ?1').run(ms).changes),
  }
}

function parseDelegation(row: unknown): StoredDelegation {
  const f = new Fields('delegation', row)
  return {
    id: f.text('id'),
    owner: f.text('owner'),
    task: f.orNull('task', (key) => f.text(key)),
    createdMs: f.number('created_ms'),
    finishedMs: f.orNull('finished_ms', (key) => f.number(key)),
    data: parseData(f.text('data')),
  }
}
