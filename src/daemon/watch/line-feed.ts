import { createLineSplitter } from '../../core/text/line-splitter.ts'
import { linesWith } from '../../core/text/lines-with.ts'
import { stripAnsi } from '../../core/text/strip-ansi.ts'

/** Lines of a stretch of output, and where it ended. */
export interface LineBatch {
  /** All that were printed, or those in which a needle stands. */
  readonly lines: readonly string[]
  /** Offset after the last line of the stretch. */
  readonly to: number
}

export interface LineFeedOptions {
  /** First byte that has not been looked at: the start of a line. */
  readonly from: number
  /** Lines in which none of these stands are passed over; null gives every line. */
  readonly needles: readonly Buffer[] | null
}

const MAX_LINE_BYTES = 64 * 1024
const LINE_FEED = 0x0a
const ESC = 0x1b
/** First byte of a C1 control character in UTF-8 (and of some harmless ones). */
const C1_LEAD = 0xc2

/**
 * Bytes of output to whole lines without control sequences, across the borders of chunks. Most of them it never turns
 * into text: a flood that matches nothing is searched, not read.
 */
export class LineFeed {
  readonly #needles: readonly Buffer[] | null
  readonly #texts: readonly string[]
  #carried: Buffer[] = []
  #carriedBytes = 0
  #lineStart: number
  #to: number
  #omitsFirst = false

  constructor(options: LineFeedOptions) {
    this.#needles = options.needles
    this.#texts = options.needles?.map((needle) => needle.toString()) ?? []
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

  /** The line that is unfinished now has been dealt with: it is not given when it ends. */
  omitUnfinished(): void {
    this.#omitsFirst = true
  }

  /** Null when no line has ended. */
  push(bytes: Uint8Array, from: number): LineBatch | null {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#to = from + chunk.length
    const last = chunk.lastIndexOf(LINE_FEED)
    if (last === -1) {
      this.#carry(chunk)
      return null
    }
    // Only the line that two chunks share is put together: the rest is searched where it is.
    const isShared = this.#carriedBytes > 0 || this.#omitsFirst
    const firstEnd = isShared ? chunk.indexOf(LINE_FEED) + 1 : 0
    const lines =
      isShared && !this.#omitsFirst ? this.#linesOf(this.#joined(chunk.subarray(0, firstEnd))) : []
    this.#forget()
    if (firstEnd <= last) lines.push(...this.#linesOf(chunk.subarray(firstEnd, last + 1)))
    this.#lineStart = from + last + 1
    this.#carry(chunk.subarray(last + 1))
    return { lines, to: this.#lineStart }
  }

  /** Output is missing here: what was carried is a line without an end. */
  gap(to: number): LineBatch | null {
    const pending = this.#omitsFirst ? null : this.pending()
    this.#forget()
    this.#lineStart = to
    this.#to = to
    return pending === null ? null : { lines: [pending], to }
  }

  /** The unfinished last line, null when there is none. Reading it changes nothing. */
  pending(): string | null {
    if (this.#carriedBytes === 0) return null
    const splitter = createLineSplitter()
    splitter.push(stripAnsi(this.#joined(NOTHING).toString('utf8')))
    return splitter.pending()?.text ?? null
  }

  #joined(rest: Buffer): Buffer {
    return Buffer.concat([...this.#carried, rest])
  }

  #forget(): void {
    this.#carried = []
    this.#carriedBytes = 0
    this.#omitsFirst = false
  }

  #carry(bytes: Buffer): void {
    const kept = bytes.subarray(0, Math.max(0, MAX_LINE_BYTES - this.#carriedBytes))
    if (kept.length === 0) return
    // A copy: the reader's buffer may be large, and this is kept.
    this.#carried.push(Buffer.from(kept))
    this.#carriedBytes += kept.length
  }

  /** Of whole lines those that may match. */
  #linesOf(region: Buffer): string[] {
    if (this.#needles === null) return toLines(stripAnsi(region.toString('utf8')))
    const lines: string[] = []
    if (!region.includes(ESC) && !region.includes(C1_LEAD)) {
      for (const [from, to] of linesWith(region, { needles: this.#needles, end: LINE_FEED })) {
        lines.push(...toLines(region.toString('utf8', from, to)))
      }
      return lines
    }
    // a sequence may stand in the midst of a needle
    const text = stripAnsi(region.toString('utf8'))
    for (const [from, to] of linesWith(text, { needles: this.#texts, end: '\n' }))
      lines.push(...toLines(text.slice(from, to)))
    return lines
  }
}

const NOTHING = Buffer.alloc(0)

function toLines(text: string): string[] {
  const ended = text.includes('\r') ? text.replaceAll('\r\n', '\n') : text
  if (!ended.includes('\r') && ended.length <= MAX_LINE_BYTES * 4) {
    const lines = ended.split('\n')
    lines.pop()
    if (lines.every((line) => line.length <= MAX_LINE_BYTES)) return lines
  }
  return createLineSplitter()
    .push(text)
    .map((line) => line.text)
}
