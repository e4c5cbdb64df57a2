import { MASK, PRIVATE_KEY_MASK, type Span, isMasked } from './mask.ts'
import { isSecretValue } from './secret-values.ts'
import { looksDrawn } from './vendor-tokens.ts'

/** Secrets that their form gives away: JWT, bot tokens, credentials in URLs, private keys. */
export function findShapes(text: string): Span[] {
  const spans: Span[] = findPrivateKeys(text)
  if (text.includes('eyJ')) addMatches(spans, text, JWT, () => true)
  if (text.includes('://')) findUrlCredentials(text, spans)
  if (/bearer\s/i.test(text)) addMatches(spans, text, BEARER, (token) => looksDrawn(token))
  addMatches(spans, text, TELEGRAM, (token) => /[a-z]/.test(token) && /[A-Z]/.test(token))
  if (text.includes('hook')) addMatches(spans, text, WEBHOOK, () => true)
  if (text.includes('1//0')) addMatches(spans, text, GOOGLE_REFRESH, looksDrawn)
  return spans
}

/** Each begins where a word begins and each part is of one class: nothing to walk back over. */
const JWT =
  /(?<![A-Za-z0-9_-])(?<secret>eyJ[A-Za-z0-9_-]{8,4096}\.(?:eyJ[A-Za-z0-9_-]{4,8192}(?:\.[A-Za-z0-9_-]{0,4096})?|[A-Za-z0-9_-]{0,4096}(?:\.[A-Za-z0-9_-]{2,8192}){1,3}))/g
const TELEGRAM = /(?<![0-9A-Za-z])(?:bot)?\d{8,10}:(?<secret>[A-Za-z0-9_-]{30,46})(?![A-Za-z0-9_-])/g
const BEARER = /(?<![A-Za-z0-9])bearer[ \t]{1,4}(?<secret>[A-Za-z0-9._~+/-]{16,4096}=*)/gi
const WEBHOOK =
  /(?:hooks\.slack\.com\/(?:services|workflows)\/|discord(?:app)?\.com\/api\/webhooks\/\d{1,24}\/)(?<secret>[A-Za-z0-9/_-]{20,200})/g
const GOOGLE_REFRESH = /(?<![A-Za-z0-9/])1\/\/0(?<secret>[A-Za-z0-9_-]{30,512})/g

function addMatches(
  spans: Span[],
  text: string,
  pattern: RegExp,
  accepts: (secret: string) => boolean,
): void {
  for (const match of text.matchAll(pattern)) {
    const secret = match.groups?.['secret'] ?? ''
    if (isMasked(secret) || !accepts(secret)) continue
    const to = match.index + match[0].length
    spans.push({ from: to - secret.length, to, replacement: null })
  }
}

/** From the mark of a URL to the end of its authority, which holds no slash. */
const AUTHORITY = /:\/\/(?<user>[^\s:/@"'`<>?#\\]{0,256})(?<password>:[^\s/"'`<>\\]{0,2048})?@/g

function findUrlCredentials(text: string, spans: Span[]): void {
  for (const match of text.matchAll(AUTHORITY)) {
    const user = match.groups?.['user'] ?? ''
    const password = match.groups?.['password']
    const userFrom = match.index + 3
    if (password !== undefined) {
      const from = userFrom + user.length + 1
      const value = password.slice(1)
      const isSecret =
        isSecretValue(value, { certain: true, next: '', name: 'password' }) || value.length === 1
      if (isSecret) spans.push({ from, to: from + value.length, replacement: MASK })
    }
    const isTokenUser = user.length >= 16 && /\d/.test(user) && looksDrawn(user)
    if (isTokenUser) spans.push({ from: userFrom, to: userFrom + user.length, replacement: null })
  }
}

const PEM_MARK = /-----(BEGIN|END) (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----/g
const MAX_PEM_CHARS = 65_536

/**
 * Pairs of marks, and halves: of a key whose end or beginning is not in the text, what looks like its body goes too.
 * Works for keys in one line, with `\n` written out, and indented in YAML.
 */
function findPrivateKeys(text: string): Span[] {
  if (!text.includes('PRIVATE KEY')) return []
  const spans: Span[] = []
  let begin: RegExpExecArray | null = null
  let passed = 0
  const close = (): void => {
    if (begin === null) return
    const bodyFrom = begin.index + begin[0].length
    const body = bodyAfter(text.slice(bodyFrom, bodyFrom + MAX_PEM_CHARS))
    if (hasKeyMaterial(body)) addKey(begin.index, bodyFrom + body.trimEnd().length)
    begin = null
  }
  const addKey = (from: number, to: number): void => {
    spans.push({ from, to, replacement: PRIVATE_KEY_MASK })
    passed = to
  }
  for (const match of text.matchAll(PEM_MARK)) {
    const to = match.index + match[0].length
    if (match[1] === 'BEGIN') {
      close()
      begin = match
    } else if (begin !== null && to - begin.index <= MAX_PEM_CHARS) {
      addKey(begin.index, to)
      begin = null
    } else {
      close()
      const from = bodyBefore(text, match.index, passed)
      if (hasKeyMaterial(text.slice(from, match.index))) addKey(from, to)
    }
    passed = Math.max(passed, to)
  }
  close()
  return spans
}

/** A line of base64 (its ends may be written out), a header of old keys (`Proc-Type: 4,ENCRYPTED`) or nothing. */
const PEM_LINE = /^[ \t]*(?:(?:[A-Za-z0-9+/=]|\\[nr])*|(?:Proc-Type|DEK-Info|Version|Comment): .{0,200})\s*$/
const BASE64_START = /^(?:[A-Za-z0-9+/=]|\\[nr])+/

/** Whole lines, and of the line that is not one what begins it, if that is long enough to be of the key. */
function bodyAfter(text: string): string {
  let end = 0
  while (end < text.length) {
    const lineFeed = text.indexOf('\n', end)
    const lineEnd = lineFeed === -1 ? text.length : lineFeed + 1
    const line = text.slice(end, lineEnd)
    if (!PEM_LINE.test(line)) {
      const start = BASE64_START.exec(line)?.[0] ?? ''
      return text.slice(0, hasKeyMaterial(start) ? end + start.length : end)
    }
    end = lineEnd
  }
  return text
}

function hasKeyMaterial(body: string): boolean {
  return /[A-Za-z0-9+/]{24}/.test(body)
}

function bodyBefore(text: string, end: number, floor: number): number {
  const limit = Math.max(floor, end - MAX_PEM_CHARS)
  let at = end
  // Only whole lines of base64 belong to it: the first word of prose before them does not.
  for (;;) {
    const lineEnd = at
    let lineFrom = lineEnd - 1
    while (lineFrom > limit && text[lineFrom - 1] !== '\n') lineFrom--
    if (
      lineFrom < limit ||
      !/^[ \t]*(?:[A-Za-z0-9+/=]|\\[nr]){16,}\s*$|^\s*$/.test(text.slice(lineFrom, lineEnd))
    )
      return at
    at = lineFrom
    if (at <= limit) return at
  }
}
