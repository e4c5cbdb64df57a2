import type { InputLog } from '../runs/input-log.ts'
import { OutputTail } from '../runs/output-tail.ts'
import type { RunFollower } from '../runs/runs.ts'
import type { PtySize } from '../../core/run/spec.ts'
import type { RunPaths } from '../../store/layout.ts'
import { RunScreen } from '../../store/screen/run-screen.ts'
import { readSavedScreen } from '../../store/screen/saved-screen.ts'
import { sizeNow } from '../../store/screen/terminal-sizes.ts'
import { createQueryScanner, type TerminalQuery } from './query-scanner.ts'
import { saveRest, saveScreen } from './save-screen.ts'

/** Name under which answers stand in the journal of the run's input; no client may use it. */
export const TERMINAL_CLIENT = 'fettle:terminal'

export interface TerminalFollowerOptions {
  readonly paths: RunPaths
  readonly input: InputLog
  /** The size the run was started with. */
  readonly atFirst: PtySize
  /** How much output is kept: a screen must be drawn before what it was made of is dropped. */
  readonly maxOutputBytes: number
  /** Bytes were added to the input log. */
  readonly onInput: () => void
  readonly onError: (error: unknown) => void
}

/** A screen for cursor queries is given up after this long without one. */
const SCREEN_IDLE_MS = 60_000
/** How much is drawn at most when somebody looks; less where little output is kept. */
const SAVE_EACH_BYTES = 4 * 1024 * 1024
const SAVES_PER_CAP = 8
const CELL = { width: 8, height: 16 }

/**
 * Answers what a program asks its terminal, once, whether or not anybody is attached. The answer's number in the
 * journal is the offset after the query: a daemon that comes after a SIGKILL and finds the query again finds it answered.
 */
export class TerminalFollower implements RunFollower {
  readonly #options: TerminalFollowerOptions
  readonly #scanner = createQueryScanner()
  readonly #saveEachBytes: number
  readonly #tail: OutputTail
  #answering = Promise.resolve()
  #screen: RunScreen | null = null
  #screenTimer: ReturnType<typeof setTimeout> | null = null
  #ended = false
  /** Output up to here is in the saved screen. */
  #savedAt: number
  #isSaving = false

  constructor(options: TerminalFollowerOptions) {
    this.#options = options
    this.#saveEachBytes = Math.min(SAVE_EACH_BYTES, options.maxOutputBytes / SAVES_PER_CAP)
    this.#savedAt = readSavedScreen(options.paths.screen)?.offset ?? 0
    this.#tail = new OutputTail(
      { dir: options.paths.output, stream: 'out' },
      {
        from: Math.max(0, options.input.newestSeq(TERMINAL_CLIENT)),
        onBytes: (bytes, from) => {
          for (const query of this.#scanner.push(bytes, from)) this.#take(query)
          this.#save()
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
    // nobody waits for it
    saveRest(this.#options, this.#saveEachBytes).catch(this.#options.onError)
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
        const { rows, cols } = sizeNow(this.#options.paths.sizes, this.#options.atFirst)
        if (query.what === 'chars') return `\u001b[8;${rows};${cols}t`
        return query.what === 'screen'
          ? `\u001b[9;${rows};${cols}t`
          : `\u001b[4;${rows * CELL.height};${cols * CELL.width}t`
      }
      case 'cursor': {
        const { row, col } = await this.#cursorAt(query.end)
        return query.isPrivate ? `\u001b[?${row + 1};${col + 1};1R` : `\u001b[${row + 1};${col + 1}R`
      }
    }
  }

  async #cursorAt(offset: number): Promise<{ readonly row: number; readonly col: number }> {
    this.#screen ??= await RunScreen.open(this.#options)
    if (this.#screenTimer !== null) clearTimeout(this.#screenTimer)
    this.#screenTimer = setTimeout(() => this.#dropScreen(), SCREEN_IDLE_MS)
    await this.#screen.advance(offset)
    return this.#screen.cursor
  }

  /** In the order of the answers: a cursor that is asked for before is drawn from a state before. */
  #save(): void {
    if (this.#isSaving || this.#tail.at - this.#savedAt < this.#saveEachBytes) return
    this.#isSaving = true
    this.#answering = this.#answering
      .then(async () => {
        const to = this.#tail.at
        if (this.#ended) return
        const isSaved = await saveScreen(this.#options, to)
        // in the midst of a sequence there is nothing to save: it is tried again with what comes next
        this.#savedAt = isSaved ? to : to - this.#saveEachBytes + 1
      })
      .catch(this.#options.onError)
      .finally(() => {
        this.#isSaving = false
        if (!this.#ended) this.#save()
      })
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
    this.#screen?.[Symbol.dispose]()
    this.#screen = null
  }
}
