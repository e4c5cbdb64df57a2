import { findEncoded } from './find-encoded.ts'
import { type Assignments, findFields } from './find-fields.ts'
import { findShapes } from './find-shapes.ts'
import { type Span, maskSecret, mergeSpans } from './mask.ts'
import { findVendorTokens } from './vendor-tokens.ts'
import { hasControlStrings, hasUnseen, toVisibleText } from './visible-text.ts'

/**
 * Takes secrets out of text on its way to a reader. Give it whole lines: half of a key is not recognised (see
 * `redactWindow` for slices). Time grows with the length of the text and with nothing in it.
 */
export interface RedactOptions {
  /** The text is a listing of variables (`isEnvDumpCommand`): values of secret-like names go whatever they are. */
  readonly envDump?: boolean
}

export function redactText(text: string, options: RedactOptions = {}): string {
  return replaceSpans(text, findSecrets(text, options))
}

/** An argument or a script of a command: `NAME=value` sets a variable, for sure. */
export function redactWords(text: string): string {
  return replaceSpans(text, findWith(text, 'words'))
}

/** Where secrets stand, in order and apart from one another, each with what takes its place. */
export function findSecrets(text: string, options: RedactOptions = {}): Span[] {
  return findWith(text, options.envDump === true ? 'lines' : 'code')
}

function replaceSpans(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text
  let out = ''
  let from = 0
  for (const span of spans) {
    out += text.slice(from, span.from) + (span.replacement ?? '')
    from = span.to
  }
  return out + text.slice(from)
}

function findWith(text: string, assignments: Assignments): Span[] {
  if (!hasUnseen(text)) return finish(text, findAll(text, assignments))
  const spans = findVisible(text, { assignments, keepStrings: false })
  if (hasControlStrings(text)) spans.push(...findVisible(text, { assignments, keepStrings: true }))
  return finish(text, spans)
}

function findAll(text: string, assignments: Assignments): Span[] {
  const hasSecret = (decoded: string): boolean => findPlain(decoded, 'code').length > 0
  return [...findPlain(text, assignments), ...findEncoded(text, hasSecret)]
}

function findPlain(text: string, assignments: Assignments): Span[] {
  return [...findVendorTokens(text), ...findShapes(text), ...findFields(text, { assignments })]
}

function findVisible(text: string, options: { assignments: Assignments; keepStrings: boolean }): Span[] {
  const visible = toVisibleText(text, options)
  return finish(visible.text, findAll(visible.text, options.assignments)).map((span) => ({
    from: visible.originAt(span.from),
    to: visible.originAt(span.to - 1) + 1,
    replacement: span.replacement,
  }))
}

function finish(text: string, spans: readonly Span[]): Span[] {
  return mergeSpans(spans).map((span) => ({
    ...span,
    replacement: span.replacement ?? maskSecret(text.slice(span.from, span.to)),
  }))
}
