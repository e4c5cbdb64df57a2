import { FettleError } from '../errors.ts'

/** What a watch pattern means. The regex engine (linear-time) is the daemon's; core only reads the notation. */
export type WatchPattern =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'regex'; readonly text: string; readonly source: string; readonly flags: string }

export const MAX_PATTERN_CHARS = 1_000

/**
 * `text` is found as it stands, upper and lower case told apart. `/source/` is a regular expression, with the flags
 * `i` (case), `m`, `s` and `u` after it (`g` is taken and means nothing: every line is looked at). What begins with a slash but does not end so is literal: `/usr/bin`. A
 * literal that has the form of a regex is written as one, with its slashes escaped.
 */
export function parsePattern(text: string): WatchPattern {
  if (text === '') throw badPattern(text, 'it is empty and would match every line')
  if (text.length > MAX_PATTERN_CHARS) throw badPattern(text.slice(0, 40), `it has ${text.length} characters`)
  if (/[\r\n]/.test(text)) throw badPattern(text, 'it has a line break, and lines are matched one by one')
  const end = text.lastIndexOf('/')
  const flags = text.slice(end + 1)
  if (!text.startsWith('/') || end === 0 || !/^[gimsu]*$/.test(flags)) {
    return { kind: 'literal', text }
  }
  const source = text.slice(1, end)
  if (source === '') throw badPattern(text, 'the expression is empty and would match every line')
  if (new Set(flags).size !== flags.length) throw badPattern(text, 'a flag stands there twice')
  return { kind: 'regex', text, source, flags: flags.replace('g', '') }
}

function badPattern(text: string, fault: string): FettleError {
  return new FettleError(
    'bad_value',
    `"${text}" is not a watch pattern: ${fault}, expected text or /regex/ of 1 to ${MAX_PATTERN_CHARS} characters`,
    { data: { value: text } },
  )
}

/** A pattern made ready: the daemon compiles regexes, literals are `line.includes`. */
export interface Matcher {
  readonly text: string
  readonly matches: (line: string) => boolean
}

export interface LineMatch {
  /** The first pattern, in the order of the list, that hits the first line hit. */
  readonly pattern: string
  /** Every line that any pattern hits. */
  readonly lines: readonly string[]
}

export function matchLines(matchers: readonly Matcher[], lines: readonly string[]): LineMatch | null {
  let pattern: string | null = null
  const hits: string[] = []
  for (const line of lines) {
    const hit = matchers.find((matcher) => matcher.matches(line))
    if (hit === undefined) continue
    pattern ??= hit.text
    hits.push(line)
  }
  return pattern === null ? null : { pattern, lines: hits }
}
