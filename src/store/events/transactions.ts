import { closeSync, fsyncSync, openSync } from 'node:fs'
import type { Database } from 'bun:sqlite'
import { guardDamage } from './open-database.ts'

export interface Transactions extends Disposable {
  /**
   * All of it or nothing, in one transaction (an inner one joins the outer). `durable` waits for the medium after the
   * commit: for what somebody outside relies on, an acknowledgement or an end that was told. Everything committed
   * before it becomes durable with it. Without it SIGKILL loses nothing either, a loss of power perhaps the newest.
   */
  run<T>(step: () => T, options?: { readonly durable?: boolean }): T
}

export function createTransactions(db: Database): Transactions {
  const path = db.filename
  let depth = 0
  let mustSync = false
  let wal = -1

  /** What a commit in NORMAL mode leaves out. The file stays the same while the database is open. */
  const sync = (): void => {
    if (wal === -1) wal = openSync(`${path}-wal`, 'r+')
    fsyncSync(wal)
  }

  return {
    run(step, options = {}) {
      if (options.durable === true) mustSync = true
      if (depth > 0) return step()
      depth++
      try {
        const result = guardDamage(path, () => db.transaction(step).immediate(), true)
        if (mustSync) sync()
        return result
      } finally {
        depth--
        mustSync = false
      }
    },
    [Symbol.dispose]() {
      if (wal !== -1) closeSync(wal)
      wal = -1
    },
  }
}
