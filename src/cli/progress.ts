import { isTerminal, writeErr } from './output.ts'

const FIRST_AFTER_MS = 1000
const EVERY_MS = 500

/** One line on stderr that is rewritten while something takes longer than a second; on a terminal only. */
export class Progress implements Disposable {
  readonly #text: () => string
  readonly #timers: NodeJS.Timeout[] = []
  #shown = false

  constructor(options: { readonly enabled: boolean; readonly text: () => string }) {
    this.#text = options.text
    if (!options.enabled || !isTerminal(2)) return
    this.#timers.push(
      setTimeout(() => {
        this.#show()
        this.#timers.push(setInterval(() => this.#show(), EVERY_MS))
      }, FIRST_AFTER_MS),
    )
  }

  #show(): void {
    this.#shown = true
    writeErr(`\r\u001b[K${this.#text()}`)
  }

  /** Wipes the line. */
  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearTimeout(timer)
    if (this.#shown) writeErr('\r\u001b[K')
    this.#shown = false
  }
}
