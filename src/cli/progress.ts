import { isTerminal, writeErr } from './output.ts'

const FIRST_AFTER_MS = 1000
const EVERY_MS = 500
const WIPE = '\r\u001b[K'

/** There is one such line per terminal, whoever writes it. */
let isLineShown = false

/** Before anything else is said: it would stand behind the line. */
export function wipeProgress(): void {
  if (isLineShown) writeErr(WIPE)
  isLineShown = false
}

/** One line on stderr that is rewritten while something takes longer than a second; on a terminal that can, only. */
export class Progress implements Disposable {
  readonly #text: () => string
  readonly #timers: NodeJS.Timeout[] = []

  constructor(options: { readonly enabled: boolean; readonly text: () => string }) {
    this.#text = options.text
    if (!options.enabled || !isTerminal(2) || process.env['TERM'] === 'dumb') return
    this.#timers.push(
      setTimeout(() => {
        this.#show()
        this.#timers.push(setInterval(() => this.#show(), EVERY_MS))
      }, FIRST_AFTER_MS),
    )
  }

  #show(): void {
    isLineShown = true
    writeErr(`${WIPE}${this.#text()}`)
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearTimeout(timer)
    wipeProgress()
  }
}
