/**
 * Finds what a program asks its terminal, in bytes of any chunking, and says what a terminal like ours (an xterm of 256
 * colours) answers. Nothing is kept of the output but a possible beginning of a query, so a flood costs one search
 * for ESC.
 *
 * Not everything that looks like a query is one: a program that prints a recorded session asks nothing, but no
 * terminal can tell the difference either.
 */
export type TerminalQuery =
  | { readonly kind: 'answer'; readonly end: number; readonly text: string }
  /** Where is the cursor? Needs the screen as it is at `end`. `isPrivate`: DECXCPR, answered with a page. */
  | { readonly kind: 'cursor'; readonly end: number; readonly isPrivate: boolean }
  /** How large is it? Needs the size at that moment. */
  | { readonly kind: 'size'; readonly end: number; readonly what: 'chars' | 'pixels' }

export interface QueryScanner {
  /** Queries that end in this chunk; `end` is the offset after their last byte. */
  push(bytes: Uint8Array, from: number): TerminalQuery[]
  /** Output is missing here. */
  reset(): void
}

const ESC = 0x1b
/** The longest query we know is far shorter; a longer beginning is none. */
const MAX_HELD_BYTES = 64

const ANSWERS: ReadonlyMap<string, string> = new Map([
  // DA1: VT220 with colours. DA2: xterm's own number. DA3: unit id.
  ['\u001b[c', '\u001b[?62;22c'],
  ['\u001b[0c', '\u001b[?62;22c'],
  ['\u001b[>c', '\u001b[>41;390;0c'],
  ['\u001b[>0c', '\u001b[>41;390;0c'],
  ['\u001b[=c', '\u001bP!|00000000\u001b\\'],
  ['\u001b[=0c', '\u001bP!|00000000\u001b\\'],
  // Device status: all is well.
  ['\u001b[5n', '\u001b[0n'],
  ['\u001b[>q', '\u001bP>|fettle\u001b\\'],
  ['\u001b[>0q', '\u001bP>|fettle\u001b\\'],
  // Kitty keyboard protocol: no flag is set.
  ['\u001b[?u', '\u001b[?0u'],
  // DECREQTPARM.
  ['\u001b[x', '\u001b[2;1;1;128;128;1;0x'],
])

/** Light grey on black, as xterm.js renders it. */
const COLOURS: ReadonlyMap<string, string> = new Map([
  ['10', 'rgb:ffff/ffff/ffff'],
  ['11', 'rgb:0000/0000/0000'],
  ['12', 'rgb:ffff/ffff/ffff'],
])

/** DEC modes a program may ask about: 1 set, 2 reset, 0 not known here. */
const MODES: ReadonlyMap<string, number> = new Map([
  ['1', 2],
  ['7', 1],
  ['25', 1],
  ['1000', 2],
  ['1002', 2],
  ['1003', 2],
  ['1004', 2],
  ['1006', 2],
  ['1049', 2],
  ['2004', 2],
  ['2026', 2],
])

export function createQueryScanner(): QueryScanner {
  let held = Buffer.alloc(0)
  return {
    push(bytes, from) {
      const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      if (held.length === 0 && !chunk.includes(ESC)) return []
      const base = from - held.length
      const text = (held.length === 0 ? chunk : Buffer.concat([held, chunk])).toString('latin1')
      held = Buffer.alloc(0)
      const queries: TerminalQuery[] = []
      for (let at = text.indexOf('\u001b'); at !== -1; at = text.indexOf('\u001b', at + 1)) {
        const found = parseSequence(text, at)
        if (found === 'unfinished') {
          if (text.length - at <= MAX_HELD_BYTES) held = Buffer.from(text.slice(at), 'latin1')
          break
        }
        const query = found === null ? null : toQuery(found.text, base + found.to)
        if (query !== null) queries.push(query)
      }
      return queries
    },
    reset() {
      held = Buffer.alloc(0)
    },
  }
}

/** The sequence that begins at an ESC, null when it is not of a kind that could ask something. */
function parseSequence(
  text: string,
  at: number,
): { readonly text: string; readonly to: number } | null | 'unfinished' {
  const kind = text[at + 1]
  if (kind === undefined) return 'unfinished'
  if (kind === '[') return parseCsi(text, at)
  if (kind === ']') return parseOsc(text, at)
  // DECID, an old DA1.
  return kind === 'Z' ? { text: '\u001b[c', to: at + 2 } : null
}

function parseCsi(
  text: string,
  at: number,
): { readonly text: string; readonly to: number } | null | 'unfinished' {
  for (let i = at + 2; i < text.length && i - at < MAX_HELD_BYTES; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x40 && code <= 0x7e) return { text: text.slice(at, i + 1), to: i + 1 }
    if (code < 0x20 || code > 0x3f) return null
  }
  return text.length - at < MAX_HELD_BYTES ? 'unfinished' : null
}

/** Only colour queries (`OSC 10 ; ? ST`) matter; a title may be long and is not waited for. */
function parseOsc(
  text: string,
  at: number,
): { readonly text: string; readonly to: number } | null | 'unfinished' {
  const rest = text.slice(at + 2, at + 2 + 16)
  // oxlint-disable-next-line no-control-regex -- control sequences are what is looked for
  const match = /^(1[012]);\?(\u0007|\u001b\\)/.exec(rest)
  if (match !== null) return { text: `\u001b]${match[1]};?${match[2]}`, to: at + 2 + match[0].length }
  // oxlint-disable-next-line no-control-regex -- control sequences are what is looked for
  return /^(1([012](;(\?\u001b?)?)?)?)?$/.test(rest) ? 'unfinished' : null
}

function toQuery(text: string, end: number): TerminalQuery | null {
  const fixed = ANSWERS.get(text)
  if (fixed !== undefined) return { kind: 'answer', end, text: fixed }
  if (text === '\u001b[6n') return { kind: 'cursor', end, isPrivate: false }
  if (text === '\u001b[?6n') return { kind: 'cursor', end, isPrivate: true }
  if (text === '\u001b[18t') return { kind: 'size', end, what: 'chars' }
  if (text === '\u001b[14t') return { kind: 'size', end, what: 'pixels' }
  // oxlint-disable-next-line no-control-regex -- control sequences are what is looked for
  const mode = /^\u001b\[(\??)(\d{1,5})\$p$/.exec(text)
  if (mode !== null) {
    const known = mode[1] === '?' ? (MODES.get(mode[2] ?? '') ?? 0) : 0
    return { kind: 'answer', end, text: `\u001b[${mode[1]}${mode[2]};${known}$y` }
  }
  // oxlint-disable-next-line no-control-regex -- control sequences are what is looked for
  const colour = /^\u001b\](1[012]);\?(.*)$/s.exec(text)
  const value = colour === null ? undefined : COLOURS.get(colour[1] ?? '')
  if (colour === null || value === undefined) return null
  // Answered with the terminator it was asked with: some programs read up to that one only.
  return { kind: 'answer', end, text: `\u001b]${colour[1]};${value}${colour[2]}` }
}
