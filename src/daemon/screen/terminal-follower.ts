import type { InputLog } from '../runs/input-log.ts'
import { OutputTail } from '../runs/output-tail.ts'
import type { RunFollower } from '../runs/runs.ts'
import { createQueryScanner, type TerminalQuery } from './query-scanner.ts'
import { Screen, type ScreenSize } from './screen.ts'

/** Name under which answers stand in the journal of the run's input; no client may use it. */
export const TERMINAL_CLIENT = 'fettle:terminal'

export interface TerminalFollowerOptions {
  readonly outputDir: string
  readonly input: InputLog
  readonly size: () => ScreenSize
  /** Bytes were added to the input log. */
  readonly onInput: () => void
  readonly onError: (error: unknown) => void
}

/** A screen for cursor queries is given up after this long without one. */
const SCREEN_IDLE_MS = 60_000
const CELL = { width: 8, height: 16 }

/**
 * Answers what a program asks its terminal, once, whether or not anybody is attached. The answer's number in the
 * journal is the offset after the query: a daemon that comes after a SIGKILL and finds the query again finds it answered.
 */
export class TerminalFollower implements RunFollower {
  readonly #options: TerminalFollowerOptions
  readonly #scanner = createQueryScanner()
  readonly #tail: OutputTail
  #answering = Promise.resolve()
  #screen: Screen | null = null
  #screenTimer: ReturnType<typeof setTimeout> | null = null
  #ended = false

  constructor(options: TerminalFollowerOptions) {
    this.#options = options
    this.#tail = new OutputTail(
      { dir: options.outputDir, stream: 'out' },
      {
        from: Math.max(0, options.input.newestSeq(TERMINAL_CLIENT)),
        onBytes: (bytes, from) => {
          for (const query of this.#scanner.push(bytes, from)) this.#take(query)
        },
        onGap: () => this.#scanner.reset(),
      },
      options.onError,
    )
  }

  onStarted(): void {
    this.#tail.ring()
  }

  onOutput(): void {
    this.#tail.ring()
  }

  async finish(): Promise<void> {
    this.#ended = true
    this.#tail.close()
    this.#dropScreen()
    await Promise.resolve()
  }

  #take(query: TerminalQuery): void {
    // In order: a program tells answers apart by their sequence only.
    this.#answering = this.#answering
      .then(async () => this.#answer(query.end, await this.#textFor(query)))
      .catch(this.#options.onError)
  }

  async #textFor(query: TerminalQuery): Promise<string> {
    switch (query.kind) {
      case 'answer':
        return query.text
      case 'size': {
        const { rows, cols } = this.#options.size()
        return query.what === 'chars'
          ? `\u001b[8;${rows};${cols}t`
          : `\u001b[4;${rows * CELL.height};${cols * CELL.width}t`
      }
      case 'cursor': {
        const { row, col } = await this.#cursorAt(query.end)
        return query.isPrivate ? `\u001b[?${row + 1};${col + 1};1R` : `\u001b[${row + 1};${col + 1}R`
      }
    }
  }

  async #cursorAt(offset: number): Promise<{ readonly row: number; readonly col: number }> {
    const { outputDir, size } = this.#options
    this.#screen ??= await Screen.open({ dir: outputDir, size: size(), end: offset })
    if (this.#screenTimer !== null) clearTimeout(this.#screenTimer)
    this.#screenTimer = setTimeout(() => this.#dropScreen(), SCREEN_IDLE_MS)
    this.#screen.resize(size())
    await this.#screen.advance(offset)
    return this.#screen.cursor
  }

  #answer(seq: number, text: string): void {
    const { input, onInput } = this.#options
    if (this.#ended || input.isClosed) return
    const { duplicate } = input.accept({ client: TERMINAL_CLIENT, seq, bytes: Buffer.from(text, 'latin1') })
    if (!duplicate) onInput()
  }

  #dropScreen(): void {
    if (this.#screenTimer !== null) clearTimeout(this.#screenTimer)
    this.#screenTimer = null
    this.#screen?.dispose()
    this.#screen = null
  }
}
