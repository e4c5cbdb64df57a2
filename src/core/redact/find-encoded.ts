import type { Span } from './mask.ts'

/**
 * Secrets within base64: of a word that decodes to plain text, that text is looked at. Images, archives, digests and keys of
 * certificates do not, and stay as they are.
 */
export function findEncoded(text: string, hasSecret: (decoded: string) => boolean): Span[] {
  const spans: Span[] = []
  for (const match of text.matchAll(WORD)) {
    const word = match[0]
    const decoded = decodeText(word)
    if (decoded !== null && hasSecret(decoded)) {
      spans.push({ from: match.index, to: match.index + word.length, replacement: null })
    }
  }
  return spans
}

/** Both alphabets; shorter ones hold no secret that is told by its form. */
const WORD = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,}={0,2}/g
const MAX_CHARS = 8_192
/** Few words of four groups decode to plain text by chance, so this much decides for most. */
const FIRST_CHARS = 16

/** Null where it is not text: printable ASCII and line ends. */
function decodeText(word: string): string | null {
  const first = decode(word.slice(0, FIRST_CHARS))
  return first === null ? null : decode(word.slice(0, MAX_CHARS))
}

function decode(word: string): string | null {
  let decoded = ''
  let bits = 0
  let held = 0
  for (let i = 0; i < word.length; i++) {
    const value = valueOf(word.charCodeAt(i))
    if (value === null) break
    bits = ((bits << 6) | value) & 0xffff
    held += 6
    if (held < 8) continue
    held -= 8
    const byte = (bits >> held) & 0xff
    if (byte > 0x7e || (byte < 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) return null
    decoded += String.fromCharCode(byte)
  }
  return decoded
}

function valueOf(code: number): number | null {
  if (code >= 0x41 && code <= 0x5a) return code - 0x41
  if (code >= 0x61 && code <= 0x7a) return code - 0x61 + 26
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 52
  if (code === 0x2b || code === 0x2d) return 62
  return code === 0x2f || code === 0x5f ? 63 : null
}
