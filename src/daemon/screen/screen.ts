import type { Terminal } from '@xterm/headless'
import { openOutput } from '../../store/output/output-reader.ts'

export interface ScreenSize {
  readonly rows: number
  readonly cols: number
}

export interface ScreenView extends ScreenSize {
  readonly lines: readonly string[]
  readonly cursor: { readonly row: number; readonly col: number }
  readonly fromOffset: number
}

export interface ScreenOptions {
  /** The run's output folder. */
  readonly dir: string
  readonly size: ScreenSize
  /** Offset up to which it will be rendered first. */
  readonly end: number
}

/** What came earlier than this cannot be seen any more, but for modes that were set and never reset. */
const BACK_BYTES = 4 * 1024 * 1024
const PIECE_BYTES = 128 * 1024

/** A rendered terminal, built from the log when somebody looks, and kept up with it while somebody does. */
export class Screen {
  readonly #terminal: Terminal
  readonly #dir: string
  readonly fromOffset: number
  #at: number

  /** The terminal's code is loaded when the first screen is looked at: most daemons never need it. */
  static async open(options: ScreenOptions): Promise<Screen> {
    const { Terminal } = await import('@xterm/headless')
    return new Screen(options, new Terminal({ ...options.size, scrollback: 0, allowProposedApi: true }))
  }

  private constructor(options: ScreenOptions, terminal: Terminal) {
    this.#dir = options.dir
    this.#terminal = terminal
    this.fromOffset = Math.max(0, options.end - BACK_BYTES)
    this.#at = this.fromOffset
  }

  /** Renders up to an offset. Never back: a screen that is further already stays as it is. */
  async advance(to: number): Promise<void> {
    using output = openOutput({ dir: this.#dir, stream: 'out' })
    while (this.#at < to) {
      const piece = output.pieceAt(this.#at, Math.min(PIECE_BYTES, to - this.#at))
      if (piece === null) return
      if (piece.kind === 'bytes') await this.#write(piece.bytes)
      this.#at = piece.to
    }
  }

  resize(size: ScreenSize): void {
    this.#terminal.resize(size.cols, size.rows)
  }

  get cursor(): { readonly row: number; readonly col: number } {
    const { cursorX, cursorY } = this.#terminal.buffer.active
    // At the right border the cursor waits beyond the last column; a terminal says it is on it.
    return { row: cursorY, col: Math.min(cursorX, this.#terminal.cols - 1) }
  }

  view(): ScreenView {
    const { rows, cols, buffer } = this.#terminal
    const { active } = buffer
    const lines: string[] = []
    for (let row = 0; row < rows; row++) {
      lines.push(active.getLine(active.baseY + row)?.translateToString(true) ?? '')
    }
    return { rows, cols, lines, cursor: this.cursor, fromOffset: this.fromOffset }
  }

  dispose(): void {
    this.#terminal.dispose()
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.#terminal.write(bytes, resolve))
  }
}
