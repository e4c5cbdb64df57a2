import { formatCount } from '../../core/parse/count.ts'
import { endOfCertain, neededBefore, redactParts, redactWindow } from '../../core/redact/redact-window.ts'
import { linesWith } from '../../core/text/lines-with.ts'
import { createAnsiStripper, stripAnsi } from '../../core/text/strip-ansi.ts'
import type { LineFilter } from './line-filter.ts'

export interface PrinterOptions {
  /** Bytes as they came, control sequences included, instead of text. */
  readonly raw: boolean
  /** Secrets stay in. */
  readonly unredacted: boolean
  /** The command lists variables (`isEnvDumpCommand`): values of secret-like names go whatever they are. */
  readonly envDump: boolean
  /** What stands before the first byte that will be pushed: a secret or sequence that was begun there goes on. */
  readonly before?: Uint8Array
  /** Only these lines. */
  readonly keep: LineFilter | null
  readonly write: (data: string | Uint8Array) => void
  /** Where a hole is stated: in the text, or beside the bytes. */
  readonly tellGap: (text: string) => void
}

/** A line that does not end is shown all the same, once it is this long. */
const LONGEST_HELD_CHARS = 65_536

const BLOCK_CHARS = 65_536

/**
 * Output on its way to a reader: decoded, stripped of control sequences, redacted by whole lines, filtered. A line
 * that has not ended is held until it does, or until `showUnfinished`.
 */
export class OutputPrinter {
  readonly #options: PrinterOptions
  readonly #decode: (bytes: Uint8Array) => string
  readonly #strip: (text: string) => string
  /** Text shown last, unredacted: what a secret that was begun there is recognised by. */
  #before = ''
  #held = ''

  constructor(options: PrinterOptions) {
    this.#options = options
    if (options.raw) {
      this.#decode = (bytes) =>
        Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
      this.#strip = (text) => text
    } else {
      const decoder = new TextDecoder('utf-8')
      this.#decode = (bytes) => decoder.decode(bytes, { stream: true })
      const stripper = createAnsiStripper()
      this.#strip = (text) => stripper.push(text)
    }
    if (options.before !== undefined) this.#before = this.#strip(this.#decode(options.before))
  }

  push(bytes: Uint8Array): void {
    const { raw, unredacted, keep, write } = this.#options
    if (raw && unredacted && keep === null) {
      write(bytes)
      return
    }
    this.#held += this.#strip(this.#decode(bytes))
    const end = this.#held.lastIndexOf('\n') + 1
    if (end > 0) {
      this.#show(this.#held.slice(0, end))
      this.#held = this.#held.slice(end)
    }
    if (this.#held.length > LONGEST_HELD_CHARS) this.showUnfinished()
  }

  /**
   * A prompt has no line end: it is shown when nothing follows it, but for the beginning of what may become a secret. With a filter a
   * line is judged whole or not at all.
   */
  showUnfinished(): void {
    const { keep, unredacted, envDump } = this.#options
    const isTooLong = this.#held.length > LONGEST_HELD_CHARS
    if (this.#held === '' || (keep !== null && !isTooLong)) return
    const shownTo = unredacted || isTooLong ? this.#held.length : endOfCertain(this.#held, { envDump })
    if (shownTo > 0) this.#show(this.#held.slice(0, shownTo))
    this.#held = this.#held.slice(shownTo)
  }

  gap(bytes: number): void {
    this.end()
    this.#before = ''
    this.#options.tellGap(`dropped ${formatCount(bytes)} bytes here`)
  }

  /** Nothing more comes. */
  end(): void {
    if (this.#held !== '') this.#show(this.#held)
    this.#held = ''
  }

  #show(text: string): void {
    const { unredacted, keep, envDump } = this.#options
    if (keep !== null) {
      this.#showKept(text, keep)
      return
    }
    this.#write(unredacted ? text : redactWindow({ before: this.#before, text, after: '', envDump }))
    this.#before = neededBefore(this.#before + text)
  }

  /**
   * A line is kept when it matches as printed and still does without its secrets: asking for one bit of a secret after another
   * must not tell it. Secrets are looked for where a line matches only, in blocks: a search through a large log is a
   * search.
   */
  #showKept(text: string, keep: LineFilter): void {
    const { unredacted, envDump } = this.#options
    for (let from = 0; from < text.length;) {
      const blockEnd = text.indexOf('\n', from + BLOCK_CHARS) + 1
      const block = text.slice(from, blockEnd === 0 ? text.length : blockEnd)
      const hits = this.#linesOf(block, keep).filter((line) => this.#matches(block.slice(...line), keep))
      if (hits.length > 0) {
        const shown = unredacted
          ? hits.map((line) => block.slice(...line))
          : redactParts({ before: this.#before, text: block, envDump }, hits)
        this.#write(shown.filter((line) => this.#matches(line, keep)).join(''))
      }
      this.#before = neededBefore(this.#before + block)
      from += block.length
    }
  }

  /** Lines that may match, with their ends. */
  #linesOf(block: string, { needles }: LineFilter): (readonly [from: number, to: number])[] {
    // bytes are no text to look for text in
    if (needles !== null && !this.#options.raw) return [...linesWith(block, { needles, end: '\n' })]
    const lines: [number, number][] = []
    for (let from = 0; from < block.length;) {
      const to = block.indexOf('\n', from) + 1
      lines.push([from, to === 0 ? block.length : to])
      from = lines.at(-1)?.[1] ?? block.length
    }
    return lines
  }

  #matches(line: string, keep: LineFilter): boolean {
    const plain = line.endsWith('\r\n') ? line.slice(0, -2) : line.endsWith('\n') ? line.slice(0, -1) : line
    return keep.matches(this.#options.raw ? stripAnsi(Buffer.from(plain, 'latin1').toString()) : plain)
  }

  #write(text: string): void {
    if (text !== '') this.#options.write(this.#options.raw ? Buffer.from(text, 'latin1') : text)
  }
}
