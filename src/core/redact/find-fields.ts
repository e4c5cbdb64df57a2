import { type Span, MASK, isMasked } from './mask.ts'
import { isSecretName, isSecretVariable, secretHint } from './secret-names.ts'
import { isSecretValue } from './secret-values.ts'

/**
 * Values beside a secret's name: JSON, YAML, forms and query strings, headers, `name=value`, `--flag value`, XML and
 * the printed forms of several languages. Works by hand from each place where such a name may stand, so that the
 * time is linear: a name is at most 80 characters, a value is passed once.
 */
const MAX_NAME_CHARS = 80
/** As much of a value as is looked at to judge it; one that is a secret is masked to its end. */
const MAX_JUDGED_CHARS = 1_024
const MAX_CREDENTIAL_CHARS = 8_192
const MAX_SPACES = 8

export interface FieldOptions {
  readonly assignments: Assignments
}

/**
 * How `NAME=value` is read. `code`: like any other field. `words`: names of variables count, the value ends where a
 * word of a shell does (an argument, a script). `lines`: a listing, the value is what follows on the line.
 */
export type Assignments = 'code' | 'words' | 'lines'

export function findFields(text: string, { assignments }: FieldOptions): Span[] {
  const spans: Span[] = []
  let passed = 0
  for (const match of text.matchAll(secretHint())) {
    if (match.index < passed) continue
    const from = nameStart(text, match.index, passed)
    const to = nameEnd(text, match.index + match[0].length)
    passed = to
    if (to - from > MAX_NAME_CHARS) continue
    const found = fieldAt(text, from, to, assignments)
    if (found !== null) {
      spans.push(found)
      passed = found.to
    }
  }
  return spans
}

interface Place {
  /** Where the value begins. */
  readonly at: number
  readonly quote: string
  /** Backslashes before the opening quote: JSON within a string has one. */
  readonly escapes: number
  readonly certain: boolean
}

function fieldAt(text: string, from: number, to: number, assignments: Assignments): Span | null {
  const name = text.slice(from, to).replace(/^-+/, '')
  const isSet = text[to] === '=' && isSecretVariable(name)
  // listings that tell themselves, whatever command printed them
  if (isSet && assignments === 'code' && isListing(text, from, to)) return listedValue(text, to + 1)
  const isVariable = assignments !== 'code' && isSet
  if (isVariable && assignments === 'lines' && LISTED.test(text.slice(Math.max(0, from - 24), from))) {
    return listedValue(text, to + 1)
  }
  if (!isVariable && !isSecretName(name)) return null
  const place = valuePlace(text, from, to, name)
  if (place === null) return null
  if (isAuthorization(name)) return authorizationValue(text, place)
  if (isBareToken(name) && TOKEN_OF_A_PARSER.test(text.slice(Math.max(0, from - 16), from))) return null
  const end = valueEnd(text, place, MAX_JUDGED_CHARS)
  // Generics (`<Token>`) look like the start of an element, until no end of one follows.
  if (place.quote === '<' && !text.startsWith('</', end)) return null
  const value = text.slice(place.at, end)
  const next = text[end] ?? ''
  const isSecret = isVariable
    ? value !== '' && (value.length === 1 || isSecretValue(value, { certain: true, next: '', name }))
    : isSecretValue(value, { certain: place.certain, next: place.quote === '' ? next : '', name })
  if (!isSecret) return null
  const secretEnd = end - place.at < MAX_JUDGED_CHARS ? end : valueEnd(text, place, text.length)
  return { from: place.at, to: secretEnd, replacement: null }
}

/** Nothing before the name on its line, or the word that sets it: what `env`, `set`, `export -p`, `declare -p` print. */
const LISTED = /(?:^|\n)(?:export |declare -\S{1,8} |typeset (?:-\S{1,8} )?|setenv )?$/

/**
 * `declare -x NAME="…"` and `export NAME='…'` are what shells list; and a variable stands in a listing when the lines before and
 * after it are variables in capitals too, as `env` prints them.
 */
function isListing(text: string, from: number, to: number): boolean {
  const setter = text.slice(Math.max(0, from - 24), from)
  const opening = text[to + 1]
  if (/(?:^|\n)(?:export |declare -\S{1,8} )$/.test(setter) && (opening === '"' || opening === "'"))
    return true
  if (from > 0 && text[from - 1] !== '\n') return false
  if (!/^[A-Z][A-Z0-9_]*$/.test(text.slice(from, to))) return false
  const lineEnd = text.indexOf('\n', to)
  const before = text.slice(text.lastIndexOf('\n', from - 2) + 1, Math.max(0, from - 1))
  const after = lineEnd === -1 ? '' : text.slice(lineEnd + 1, lineEnd + 90)
  if (before === '' && after === '') return false
  return [before, after].every((line) => line === '' || LISTED_LINE.test(line))
}

const LISTED_LINE = /^[A-Z][A-Z0-9_]{1,80}=/

/** Everything up to the end of the line, quotes left standing; no value is a placeholder here. */
function listedValue(text: string, at: number): Span | null {
  const lineFeed = text.indexOf('\n', at)
  const line = text.slice(at, lineFeed === -1 ? text.length : lineFeed).trimEnd()
  const [, opening = ''] = /^(\$?['"]?)/.exec(line) ?? []
  const quote = opening.slice(-1)
  const closing =
    (quote === '"' || quote === "'") && line.length > opening.length && line.endsWith(quote) ? 1 : 0
  const from = at + (quote === '"' || quote === "'" ? opening.length : 0)
  const to = at + line.length - closing
  return to <= from || isMasked(text.slice(from, to)) ? null : { from, to, replacement: null }
}

function valuePlace(text: string, from: number, to: number, name: string): Place | null {
  const before = text[from - 1] ?? ''
  // The name of a user in a URL, whose password the URL's own rule knows.
  if (text.startsWith('://', from - 3)) return null
  let at = to
  const keyQuote = before === '"' || before === "'" ? before : ''
  if (text[at] === '\\' && text[at + 1] === keyQuote && keyQuote !== '') at++
  if (keyQuote !== '' && text[at] === keyQuote) at++
  if (before === '<' && text[at] === '>') return { at: at + 1, quote: '<', escapes: 0, certain: true }
  const isFlag =
    /^--?[A-Za-z]/.test(text.slice(from, from + 3)) && (before === '' || /[\s"'`[(,]/.test(before))

  const afterSpaces = skipSpaces(text, at)
  const separator = separatorAt(text, afterSpaces)
  if (separator === 0) {
    if (!isFlag || afterSpaces === at) return null
    return opened(text, afterSpaces, false)
  }
  const valueAt = skipSpaces(text, afterSpaces + separator)
  const isTight = valueAt === to + 1 && text[to] === '='
  const isForm = isTight && (before === '?' || before === '&' || before === ';')
  const isVariable = isTight && /^[A-Z][A-Z0-9_]*$/.test(name) && before !== '.'
  const isCertain = isForm || isVariable || (isFlag && isTight)
  const place = opened(text, valueAt, isCertain)
  // A quoted value is one: source code has its own names there, but a name is not quoted.
  return place.quote === '' ? place : { ...place, certain: true }
}

function opened(text: string, at: number, certain: boolean): Place {
  let quoteAt = at
  while (quoteAt < at + 3 && text[quoteAt] === '\\') quoteAt++
  const quote = text[quoteAt] ?? ''
  if (quote === '"' || quote === "'" || quote === '`') {
    return { at: quoteAt + 1, quote, escapes: quoteAt - at, certain }
  }
  return { at, quote: '', escapes: 0, certain }
}

function separatorAt(text: string, at: number): number {
  const char = text[at]
  const next = text[at + 1]
  if (char === '=') return next === '=' || next === '~' ? 0 : next === '>' ? 2 : 1
  if (char === ':') return next === ':' || next === '/' ? 0 : next === '=' ? 2 : 1
  return 0
}

function valueEnd(text: string, { at, quote, escapes }: Place, maxChars: number): number {
  const limit = Math.min(text.length, at + maxChars)
  if (quote !== '') return quotedEnd(text, { at, quote, escapes, limit })
  const length = text.slice(at, limit).search(VALUE_END)
  let end = length === -1 ? limit : at + length
  while (end > at && /[.:!?]/.test(text[end - 1] ?? '')) end--
  return end
}

/** At the quote that has as many backslashes before it as the opening one had, or at the end of the line. */
function quotedEnd(
  text: string,
  { at, quote, escapes, limit }: { at: number; quote: string; escapes: number; limit: number },
): number {
  let backslashes = 0
  for (let end = at; end < limit; end++) {
    const char = text[end]
    if (char === '\n') return end
    if (char === quote) {
      const closes = escapes === 0 ? backslashes % 2 === 0 : backslashes <= escapes
      if (closes) return end - Math.min(backslashes, escapes)
    }
    backslashes = char === '\\' ? backslashes + 1 : 0
  }
  return limit
}

const VALUE_END = /[\s"'`,;&|(){}[\]<>\\]/

function isBareToken(name: string): boolean {
  return /^tokens?$/i.test(name)
}

/** Compilers speak of tokens too. */
const TOKEN_OF_A_PARSER =
  /\b(?:unexpected|illegal|invalid|unknown|expected|missing|next|last|current|bad|for|this)\s$/i

function isAuthorization(name: string): boolean {
  return /^(?:proxy-?)?authorization$/i.test(name)
}

/** `Bearer X`, `Basic X`, `token X`; a scheme of several parts (AWS4, Digest) is masked to the end of its line. */
function authorizationValue(text: string, place: Place): Span | null {
  const rest = text.slice(place.at, place.at + MAX_CREDENTIAL_CHARS)
  const line = /^[^\r\n"'`]*/.exec(rest)?.[0] ?? ''
  const [, scheme = '', spaces = '', credential = ''] = /^([A-Za-z][\w-]*)([ \t]+)(\S+)/.exec(line) ?? []
  if (/^(?:digest|aws4-hmac-sha256|signature|hawk|oauth)$/i.test(scheme)) {
    const at = place.at + scheme.length + spaces.length
    return line.includes('=') ? { from: at, to: place.at + line.trimEnd().length, replacement: MASK } : null
  }
  if (/^(?:bearer|basic|token|bot|apikey|api-key|negotiate|key|splunk|ssws|genie[Kk]ey)$/i.test(scheme)) {
    const cut = credential.replace(/[,;)\]}\\]+$/, '')
    const from = place.at + scheme.length + spaces.length
    const isSecret = isSecretValue(cut, { certain: true, next: '', name: 'authorization' }) && cut.length >= 6
    return isSecret ? { from, to: from + cut.length, replacement: null } : null
  }
  const value = /^[^\s,;)\]}\\]*/.exec(line)?.[0] ?? ''
  const isSecret =
    /\d/.test(value) && isSecretValue(value, { certain: false, next: '', name: 'authorization' })
  return isSecret ? { from: place.at, to: place.at + value.length, replacement: null } : null
}

function skipSpaces(text: string, from: number): number {
  let at = from
  while (at < from + MAX_SPACES && (text[at] === ' ' || text[at] === '\t')) at++
  return at
}

const NAME_CHAR = /[A-Za-z0-9_.-]/

function nameStart(text: string, from: number, floor: number): number {
  let at = from
  const limit = Math.max(floor, from - MAX_NAME_CHARS)
  while (at > limit && NAME_CHAR.test(text[at - 1] ?? '')) at--
  return at
}

function nameEnd(text: string, from: number): number {
  let at = from
  while (at < from + MAX_NAME_CHARS && NAME_CHAR.test(text[at] ?? '')) at++
  return at
}
