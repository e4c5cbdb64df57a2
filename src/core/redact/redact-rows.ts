import { PRIVATE_KEY_MASK } from './mask.ts'
import { findSecrets, type RedactOptions } from './redact-text.ts'

/** A row of a screen. */
export interface Row {
  readonly text: string
  /** Goes on with the row before: what a program printed was longer than the screen is wide. */
  readonly continues: boolean
}

/**
 * Rows of a screen without secrets. A secret may wrap over rows and a private key has many, so they are looked at
 * together; everything else stays in its place.
 */
export function redactRows(rows: readonly Row[], options: RedactOptions = {}): string[] {
  const starts: number[] = []
  let whole = ''
  for (const { text, continues } of rows) {
    if (starts.length > 0 && !continues) whole += '\n'
    starts.push(whole.length)
    whole += text
  }
  const spans = findSecrets(whole, options)
  return rows.map(({ text }, i) => {
    const rowFrom = starts[i] ?? 0
    const rowTo = rowFrom + text.length
    let out = ''
    let at = rowFrom
    for (const span of spans) {
      if (span.to <= rowFrom || span.from >= rowTo) continue
      const from = Math.max(span.from, rowFrom)
      const to = Math.min(span.to, rowTo)
      const isKey = span.replacement === PRIVATE_KEY_MASK
      const mask = span.from >= rowFrom || isKey ? (span.replacement ?? '***') : '***'
      out += whole.slice(at, from) + (to === rowTo ? mask : mask.padEnd(to - from))
      at = to
    }
    return out + whole.slice(at, rowTo)
  })
}
