/** Part of a text that must not be read, and what stands there instead. */
export interface Span {
  readonly from: number
  readonly to: number
  /** Fixed text, or null for the mask of what stood there. */
  readonly replacement: string | null
}

export const MASK = '***'
export const PRIVATE_KEY_MASK = '[REDACTED PRIVATE KEY]'

/** Under 18 characters nothing is shown: ten of them would be too large a part. */
const MIN_SHOWN_CHARS = 18

/** `***`, or the first six and last four characters, enough to tell two keys apart. */
export function maskSecret(secret: string): string {
  return secret.length < MIN_SHOWN_CHARS ? MASK : `${secret.slice(0, 6)}...${secret.slice(-4)}`
}

/** What `maskSecret` makes: masking it again would hide which key it was. */
export function isMasked(text: string): boolean {
  return text === MASK || (text.length === 13 && text.slice(6, 9) === '...')
}

/** In order, without overlaps: what two rules found is one secret, from the first sign of it to the last. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = []
  for (const span of [...spans].sort((a, b) => a.from - b.from || b.to - a.to)) {
    const last = merged.at(-1)
    if (last === undefined || span.from >= last.to) merged.push(span)
    else if (span.to > last.to) merged[merged.length - 1] = { ...last, to: span.to }
  }
  return merged
}
