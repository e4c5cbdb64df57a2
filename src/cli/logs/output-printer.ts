import { formatCount } from '../../core/parse/count.ts'
import { neededBefore, redactWindow } from '../../core/redact/redact-window.ts'
import { createAnsiStripper } from '../../core/text/strip-ansi.ts'

export interface PrinterOptions {
  /** Bytes as they came, control sequences included, instead of text. */
  readonly raw: boolean
  /** Secrets stay in. */
  readonly unredacted: boolean
  /** The command lists variables (`isEnvDumpCommand`): values of secret-like names go whatever they are. */
  readonly envDump: boolean
  /** What stands before the first byte that will be pushed: a secret or sequence that was begun there goes on. */
  readonly before?: Uint8Array
  /** Keeps the lines it answers true for. */
  readonly keep: ((line: string) => boolean) | null
  readonly write: (data: string | Uint8Array) => void
  /** Where a hole is stated: in the text, or beside the bytes. */
  readonly tellGap: (text: string) => void
}

/** A line that does not end is shown all the same, once it is this long. */
const LONGEST_HELD_CHARS = 65_536

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

  /** A prompt has no line end: it is shown when nothing follows it. With a filter a line is judged whole or not at all. */
  showUnfinished(): void {
    if (this.#held === '' || (this.#options.keep !== null && this.#held.length <= LONGEST_HELD_CHARS)) return
    this.#show(this.#held)
    this.#held = ''
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
    const { unredacted, keep, raw, envDump } = this.#options
    const shown = unredacted ? text : redactWindow({ before: this.#before, text, after: '', envDump })
    this.#before = neededBefore(this.#before + text)
    const kept = keep === null ? shown : filterLines(shown, keep)
    if (kept !== '') this.#options.write(raw ? Buffer.from(kept, 'latin1') : kept)
  }
}

function filterLines(text: string, keep: (line: string) => boolean): string {
  const lines = text.split('\n')
  const last = lines.pop() ?? ''
  const kept = lines.filter(keep).map((line) => `${line}\n`)
  if (last !== '' && keep(last)) kept.push(last)
  return kept.join('')
}
