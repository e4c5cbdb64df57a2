import type { StreamName } from '../../store/layout.ts'
import { openOutput, type OutputReader } from '../../store/output/output-reader.ts'

export interface TailSource {
  readonly dir: string
  readonly stream: StreamName
}

/** What a reader of new output gets: bytes in order, and holes where output was dropped before it was read. */
export interface TailReader {
  /** Where to begin: the first byte this reader has not seen. */
  readonly from: number
  onBytes(bytes: Uint8Array, from: number): void
  onGap?(from: number, to: number): void
}

const PIECE_BYTES = 128 * 1024
/** After this long the event loop turns: a flood must not hold up the API. */
const SLICE_MS = 5

/**
 * Brings new output of a stream to one reader. Asked any number of times while it reads, it looks once more at the
 * end: nothing is read twice and nothing is missed.
 */
export class OutputTail {
  readonly #source: TailSource
  readonly #reader: TailReader
  readonly #onError: (error: unknown) => void
  #at: number
  #running: Promise<void> | null = null
  #asked = false
  #closed = false

  constructor(source: TailSource, reader: TailReader, onError: (error: unknown) => void) {
    this.#source = source
    this.#reader = reader
    this.#onError = onError
    this.#at = reader.from
  }

  get at(): number {
    return this.#at
  }

  /** There may be more. */
  ring(): void {
    this.#asked = true
    if (this.#closed || this.#running !== null) return
    this.#running = this.#run()
      .catch(this.#onError)
      .finally(() => {
        this.#running = null
        if (this.#asked && !this.#closed) this.ring()
      })
  }

  /** Resolves when all that was on disk at the time of the call has been read. */
  async drain(): Promise<void> {
    this.ring()
    while (this.#running !== null) await this.#running
  }

  close(): void {
    this.#closed = true
  }

  async #run(): Promise<void> {
    using output = openOutput(this.#source)
    while (this.#asked && !this.#closed) {
      this.#asked = false
      output.refresh()
      await this.#readAll(output)
    }
  }

  async #readAll(output: OutputReader): Promise<void> {
    let sliceFrom = performance.now()
    for (;;) {
      if (this.#closed) return
      const piece = output.pieceAt(this.#at, PIECE_BYTES)
      if (piece === null) return
      if (piece.kind === 'gap') this.#reader.onGap?.(piece.from, piece.to)
      else this.#reader.onBytes(piece.bytes, piece.from)
      this.#at = piece.to
      if (performance.now() - sliceFrom < SLICE_MS) continue
      await new Promise<void>((resolve) => setImmediate(resolve))
      sliceFrom = performance.now()
    }
  }
}
