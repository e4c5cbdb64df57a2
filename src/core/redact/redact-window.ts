import { MASK, PRIVATE_KEY_MASK, type Span } from './mask.ts'
import { type RedactOptions, findSecrets } from './redact-text.ts'

/**
 * How much of its surroundings a slice needs, in characters on each side. Cut there at line ends where there are
 * some; a private key is the only secret of several lines, and is shorter.
 */
export const REDACT_MARGIN_CHARS = 65_536

export interface Window extends RedactOptions {
  /** What stands before the slice, back to the start of a line and at best `REDACT_MARGIN_CHARS` more. */
  readonly before: string
  readonly text: string
  /** What stands after it, to the end of a line. */
  readonly after: string
}

/**
 * The slice with its secrets taken out, those included that its borders cut. A secret's mask stands in the slice
 * where the secret begins; a slice where it goes on has `***`, so that two neighbours together show no more of it
 * than one mask.
 */
export function redactWindow({ before, text, after, ...options }: Window): string {
  const start = before.length
  const whole = before + text + after
  return cut(whole, findSecrets(whole, options), { start, end: start + text.length })
}

function cut(
  whole: string,
  spans: readonly Span[],
  { start, end }: { readonly start: number; readonly end: number },
): string {
  let out = ''
  let from = start
  for (const span of spans) {
    if (span.to <= start) continue
    if (span.from >= end) break
    if (span.from >= start) {
      out += whole.slice(from, span.from) + (span.replacement ?? MASK)
    } else {
      out += span.replacement === PRIVATE_KEY_MASK ? PRIVATE_KEY_MASK : MASK
    }
    from = Math.min(span.to, end)
  }
  return out + whole.slice(from, end)
}

/** Parts of a text, each as it stands in the text without its secrets. */
export function redactParts(
  { before, text, ...options }: Omit<Window, 'after'>,
  parts: readonly (readonly [from: number, to: number])[],
): string[] {
  const whole = before + text
  const spans = findSecrets(whole, options)
  return parts.map(([from, to]) =>
    cut(whole, spans, { start: before.length + from, end: before.length + to }),
  )
}

/** Ways in which a secret may go on: after the beginning of one each vendor's rule finds it. */
const CONTINUATIONS = ['A1b2C3d4E5'.repeat(7), '0a1b2c3d4e'.repeat(7), 'A1B2C3D4E5'.repeat(7)]
const LONGEST_BEGINNING_CHARS = 256

/**
 * How much of an unfinished text may be shown before more of it is known: all but the beginning of what would be a secret
 * if it went on like one.
 */
export function endOfCertain(text: string, options: RedactOptions = {}): number {
  const from = Math.max(0, text.length - LONGEST_BEGINNING_CHARS)
  const tail = text.slice(from)
  let end = tail.length
  for (const continuation of CONTINUATIONS) {
    for (const span of findSecrets(tail + continuation, options)) {
      if (span.from < tail.length && span.to > tail.length) end = Math.min(end, span.from)
    }
  }
  return from + end
}

const KEY_BEGIN = '-----BEGIN '
const KEY_END = '-----END '

/**
 * How much of what stands before a slice is needed as its `before`: the line that the slice goes on with and the one before
 * it, which tells a listing, and a private key that has begun and not ended.
 */
export function neededBefore(text: string): string {
  const margin = text.slice(-REDACT_MARGIN_CHARS)
  const lineEnd = margin.lastIndexOf('\n')
  const lineStart = lineEnd === -1 ? 0 : margin.lastIndexOf('\n', lineEnd - 1) + 1
  const key = margin.lastIndexOf(KEY_BEGIN)
  const isOpen = key !== -1 && !margin.includes(KEY_END, key)
  return margin.slice(isOpen ? Math.min(key, lineStart) : lineStart)
}
