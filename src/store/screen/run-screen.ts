import { redactRows } from '../../core/redact/redact-rows.ts'
import { redactText } from '../../core/redact/redact-text.ts'
import type { PtySize } from '../../core/run/spec.ts'
import { createParserState } from '../../core/screen/parser-state.ts'
import { splitStretches } from '../../core/screen/skip-scrolled.ts'
import type { RunPaths } from '../layout.ts'
import { openOutput } from '../output/output-reader.ts'
import type * as terminalCode from './create-terminal.ts'
import type { Emulator } from './create-terminal.ts'
import { readSavedScreen, writeSavedScreen } from './saved-screen.ts'
import type * as stateCode from './take-state.ts'
import { readSizes } from './terminal-sizes.ts'

export interface RunScreenOptions {
  readonly paths: RunPaths
  /** The size the run was started with. */
  readonly atFirst: PtySize
}

/** What a terminal shows, without secrets. */
export interface ScreenView extends PtySize {
  readonly lines: string[]
  readonly cursor: { readonly row: number; readonly col: number; readonly visible: boolean }
  /** As the program set it, empty when it did not. */
  readonly title: string
  /** The program has switched to the second screen, as editors and pagers do. */
  readonly alternate: boolean
  /**
   * Everything printed from here on has been drawn. Not 0: output before was dropped undrawn, and what it painted and
   * nothing has painted over since is missing.
   */
  readonly fromOffset: number
}

const PIECE_BYTES = 1024 * 1024
/** Gives up a sequence that has begun. */
const CANCEL = Uint8Array.of(0x18)

/**
 * The terminal of a run, drawn from its output: from the newest state that the daemon has saved on, or from the first
 * byte where there is none. Needs no daemon.
 */
export class RunScreen {
  readonly #options: RunScreenOptions
  readonly #emulator: Emulator
  /** The code of the terminal is loaded when the first screen is drawn: most processes never need it. */
  readonly #code: Code
  #parser = createParserState()
  #at: number
  #fromOffset: number
  #sizes: number
  #title: string

  static async open(options: RunScreenOptions): Promise<RunScreen> {
    const code = { ...(await import('./create-terminal.ts')), ...(await import('./take-state.ts')) }
    const { paths, atFirst } = options
    const saved = readSavedScreen(paths.screen)
    const { rows, cols } = saved ?? atFirst
    const emulator = code.createTerminal({ rows, cols })
    if (saved !== null) await code.draw(emulator.terminal, saved.state)
    return new RunScreen(options, {
      code,
      emulator,
      at: saved?.offset ?? 0,
      fromOffset: saved?.fromOffset ?? 0,
      sizes: saved?.sizes ?? 0,
      title: saved?.title ?? '',
    })
  }

  private constructor(options: RunScreenOptions, begun: Begun) {
    this.#options = options
    this.#code = begun.code
    this.#emulator = begun.emulator
    this.#at = begun.at
    this.#fromOffset = begun.fromOffset
    this.#sizes = begun.sizes
    this.#title = begun.title
    this.#emulator.terminal.onTitleChange((title) => (this.#title = title))
  }

  /** Offset up to which output has been drawn. */
  get at(): number {
    return this.#at
  }

  /** Draws up to an offset, the end unless given; what is drawn stays. */
  async advance(to = Number.MAX_SAFE_INTEGER): Promise<void> {
    const { paths } = this.#options
    using output = openOutput({ dir: paths.output, stream: 'out' })
    const sizes = readSizes(paths.sizes)
    for (;;) {
      for (let next = sizes[this.#sizes]; next !== undefined && next.offset <= this.#at;) {
        this.#emulator.terminal.resize(next.cols, next.rows)
        next = sizes[++this.#sizes]
      }
      const limit = Math.min(to, sizes[this.#sizes]?.offset ?? to)
      const piece =
        limit > this.#at ? output.pieceAt(this.#at, Math.min(PIECE_BYTES, limit - this.#at)) : null
      if (piece === null) break
      if (piece.kind === 'bytes') await this.#draw(piece.bytes)
      else await this.#pass(piece.to)
      this.#at = piece.to
    }
  }

  get cursor(): { readonly row: number; readonly col: number } {
    const { terminal } = this.#emulator
    const { cursorX, cursorY } = terminal.buffer.active
    // At the right border the cursor waits beyond the last column; a terminal says it is on it.
    return { row: cursorY, col: Math.min(cursorX, terminal.cols - 1) }
  }

  /** The program has switched to the second screen, as editors and pagers do. */
  get isAlternate(): boolean {
    return this.#emulator.terminal.buffer.active.type === 'alternate'
  }

  /** Cursor keys are to be sent as `ESC O A`, not as `ESC [ A` (DECCKM). */
  get wantsApplicationCursor(): boolean {
    return this.#emulator.terminal.modes.applicationCursorKeysMode
  }

  /** The last thing to ask: it ends a sequence that has begun. */
  async view(options: { readonly envDump: boolean }): Promise<ScreenView> {
    const { terminal } = this.#emulator
    const { rows, cols, buffer } = terminal
    const { cursor } = this
    const read = Array.from({ length: rows }, (_, row) => {
      const line = buffer.active.getLine(buffer.active.baseY + row)
      return { text: line?.translateToString(true) ?? '', isWrapped: line?.isWrapped === true }
    })
    const lines = redactRows(
      // programs that paint wrap by themselves: a row that is full may go on too
      read.map(({ text, isWrapped }, i) => ({
        text,
        continues: isWrapped || (read[i - 1]?.text.length ?? 0) >= cols,
      })),
      options,
    )
    const alternate = this.isAlternate
    const visible = !(await this.#code.ask(terminal, '\u001b[?25$p')).includes(';2$y')
    return {
      rows,
      cols,
      lines,
      cursor: { ...cursor, visible },
      title: redactText(this.#title),
      alternate,
      fromOffset: this.#fromOffset,
    }
  }

  /**
   * Sequences that bring a terminal of this size to where this one is, with that size and the offset; null in the midst of a
   * sequence. The last thing to ask.
   */
  async state(): Promise<string | null> {
    return this.#parser.isGround ? await this.#code.takeState(this.#emulator) : null
  }

  /** Keeps the state for whoever draws this screen next; false when that cannot be done here. The last thing to ask. */
  async save(): Promise<boolean> {
    const { rows, cols } = this.#emulator.terminal
    const offset = this.#at
    const state = await this.state()
    if (state === null) return false
    writeSavedScreen(this.#options.paths.screen, {
      format: 1,
      offset,
      rows,
      cols,
      sizes: this.#sizes,
      fromOffset: this.#fromOffset,
      title: this.#title,
      state,
    })
    return true
  }

  [Symbol.dispose](): void {
    this.#emulator.terminal.dispose()
  }

  async #draw(bytes: Uint8Array): Promise<void> {
    const { terminal } = this.#emulator
    const { isGround } = this.#parser
    for (const part of splitStretches(bytes, { rows: terminal.rows, isGround })) {
      if (part.kind === 'bytes') {
        await this.#code.draw(terminal, part.bytes)
        continue
      }
      for (const piece of (await this.#scrolls()) ? part.instead : [part.bytes]) {
        await this.#code.draw(terminal, piece)
      }
    }
    this.#parser.push(bytes)
  }

  /** Whether lines written now scroll: the cursor is in the scrolling region. */
  async #scrolls(): Promise<boolean> {
    const { terminal } = this.#emulator
    const region = this.#code.regionIn(await this.#code.ask(terminal, this.#code.ASK_REGION))
    const [top = 1, bottom = terminal.rows] = region?.split(';').map(Number) ?? []
    const row = terminal.buffer.active.cursorY + 1
    return row >= top && row <= bottom
  }

  async #pass(to: number): Promise<void> {
    await this.#code.draw(this.#emulator.terminal, CANCEL)
    this.#parser = createParserState()
    this.#fromOffset = to
  }
}

type Code = typeof terminalCode & typeof stateCode

interface Begun {
  readonly code: Code
  readonly emulator: Emulator
  readonly at: number
  readonly fromOffset: number
  readonly sizes: number
  readonly title: string
}
