import { createLineSplitter } from '../../core/text/line-splitter.ts'
import { stripAnsi } from '../../core/text/strip-ansi.ts'

/** Whole lines of a stretch of output, and where it ended. */
export interface LineBatch {
  readonly lines: readonly string[]
  /** Offset after the last line. */
  readonly to: number
}

export interface LineFeedOptions {
  /** First byte that has not been looked at: the start of a line. */
  readonly from: number
  /** A stretch of plain text in which none of these stands is passed over unread; null reads everything. */
  readonly needles: readonly Buffer[] | null
}

const MAX_LINE_BYTES = 64 * 1024
const LINE_FEED = 0x0a
const ESC = 0x1b
/** First byte of a C1 control character in UTF-8 (and of some harmless ones). */
const C1_LEAD = 0xc2

/**
 * Bytes of output to whole lines without control sequences, across the borders of chunks. Works on stretches of whole
 * lines, and most of them it never turns into text: a flood that matches nothing is searched, not read.
 */
export class LineFeed {
  readonly #needles: readonly Buffer[] | null
  #carried: Buffer[] = []
  #carriedBytes = 0
  #lineStart: number
  #to: number

  constructor(options: LineFeedOptions) {
    this.#needles = options.needles
    this.#lineStart = options.from
    this.#to = options.from
  }

  /** Where the unfinished last line begins: everything before it has been dealt with. */
  get lineStart(): number {
    return this.#lineStart
  }

  get to(): number {
    return this.#to
  }

  push(bytes: Uint8Array, from: number): LineBatch | null {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#to = from + chunk.length
    const last = chunk.lastIndexOf(LINE_FEED)
    if (last === -1) {
      this.#carry(chunk)
      return null
    }
    const head = chunk.subarray(0, last + 1)
    const region = this.#carriedBytes === 0 ? head : Buffer.concat([...this.#carried, head])
    this.#carried = []
    this.#carriedBytes = 0
    this.#lineStart = from + last + 1
    this.#carry(chunk.subarray(last + 1))
    if (this.#canPass(region)) return null
    return { lines: toLines(region), to: this.#lineStart }
  }

  /** Output is missing here: what was carried is a line without an end. */
  gap(to: number): LineBatch | null {
    const pending = this.pending()
    this.#carried = []
    this.#carriedBytes = 0
    this.#lineStart = to
    this.#to = to
    return pending === null ? null : { lines: [pending], to }
  }

  /** The unfinished last line, null when there is none. Reading it changes nothing. */
  pending(): string | null {
    if (this.#carriedBytes === 0) return null
    const splitter = createLineSplitter()
    splitter.push(stripAnsi(Buffer.concat(this.#carried).toString('utf8')))
    return splitter.pending()?.text ?? null
  }

  #carry(bytes: Buffer): void {
    const kept = bytes.subarray(0, Math.max(0, MAX_LINE_BYTES - this.#carriedBytes))
    if (kept.length === 0) return
    // A copy: the reader's buffer may be large, and this is kept.
    this.#carried.push(Buffer.from(kept))
    this.#carriedBytes += kept.length
  }

  #canPass(region: Buffer): boolean {
    if (this.#needles === null || region.includes(ESC) || region.includes(C1_LEAD)) return false
    return !this.#needles.some((needle) => region.includes(needle))
  }
}

function toLines(region: Buffer): string[] {
  const splitter = createLineSplitter()
  return splitter.push(stripAnsi(region.toString('utf8'))).map(({ text }) => text)
}
