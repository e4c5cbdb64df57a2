import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { isJobId } from '../../core/job/job-id.ts'
import { readTextFile, writeAtomic } from '../../platform/files/write-atomic.ts'
import type { Home } from '../../store/layout.ts'

/** Ids that were let go, newest last: asked for one of them, fettle says that it has expired. */
const KEPT = 10_000

export class ExpiredIds {
  readonly #path: string
  readonly #ids: Set<string>
  #lines: number

  constructor(home: Home) {
    this.#path = join(home.state, 'expired-jobs')
    const lines = (readTextFile(this.#path) ?? '').split('\n').filter(isJobId)
    this.#ids = new Set(lines.slice(-KEPT))
    this.#lines = lines.length
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  add(id: string): void {
    this.#ids.delete(id)
    this.#ids.add(id)
    for (const oldest of this.#ids) {
      if (this.#ids.size <= KEPT) break
      this.#ids.delete(oldest)
    }
    if (this.#lines < 2 * KEPT) {
      appendFileSync(this.#path, `${id}\n`, { mode: 0o600 })
      this.#lines += 1
      return
    }
    writeAtomic(this.#path, `${[...this.#ids].join('\n')}\n`)
    this.#lines = this.#ids.size
  }
}
