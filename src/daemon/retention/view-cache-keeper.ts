import type { Home } from '../../store/layout.ts'
import { refreshViewCache } from '../../store/run-files/refresh-view-cache.ts'
import type { DaemonLog } from '../log.ts'

const AFTER_MS = 500
const LONGEST_MS = 5_000

/** Keeps what `ps` reads at a glance up to date, some time after jobs have changed: a listing needs no daemon for it. */
export class ViewCacheKeeper {
  readonly #home: Home
  readonly #log: DaemonLog
  #timer: ReturnType<typeof setTimeout> | null = null
  #isRunning = false
  #isAsked = false
  #afterMs = AFTER_MS

  constructor(options: { readonly home: Home; readonly log: DaemonLog }) {
    this.#home = options.home
    this.#log = options.log
  }

  ring(): void {
    this.#isAsked = true
    if (this.#timer !== null || this.#isRunning) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      void this.#run()
    }, this.#afterMs)
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#isRunning = true
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    this.#isAsked = false
    try {
      const isUnsettled = await refreshViewCache(this.#home)
      // Jobs that keep changing are asked about less and less often.
      this.#afterMs = isUnsettled ? Math.min(this.#afterMs * 2, LONGEST_MS) : AFTER_MS
      if (isUnsettled) this.#isAsked = true
    } catch (error) {
      // It is a shortcut for readers, who look for themselves without it.
      this.#log.warn('the cache of views', { error })
    } finally {
      this.#isRunning = false
    }
    if (this.#isAsked) this.ring()
  }
}
