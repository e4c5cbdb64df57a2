import { statSync } from 'node:fs'
import type { Home } from '../store/layout.ts'

const LOOK_EACH_MS = 30_000

/**
 * Whether the home this daemon serves is still there: somebody may have removed it. A daemon without a home ends, and
 * above all makes nothing of it anew.
 */
export class HomeWatch {
  readonly #state: string
  readonly #inode: number
  readonly #timer: ReturnType<typeof setInterval>

  constructor(home: Home, onGone: () => void) {
    this.#state = home.state
    this.#inode = statSync(home.state).ino
    this.#timer = setInterval(() => {
      if (!this.isGone()) return
      this.close()
      onGone()
    }, LOOK_EACH_MS)
  }

  isGone(): boolean {
    return statSync(this.#state, { throwIfNoEntry: false })?.ino !== this.#inode
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
