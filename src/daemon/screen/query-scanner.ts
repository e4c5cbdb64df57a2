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
  | { readonly kind: 'size'; readonly end: number; readonly what: 'chars' | 'pixels' | 'screen' }

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
  // The window is open; a character's size; dark colours.
  ['\u001b[11t', '\u001b[1t'],
  ['\u001b[16t', '\u001b[6;16;8t'],
  ['\u001b[?996n', '\u001b[?997;1n'],
])

/** Light grey on black, as xterm.js renders it. */
const COLOURS: ReadonlyMap<string, string> = new Map([
  ['10', 'rgb:ffff/ffff/ffff'],
  ['11', 'rgb:0000/0000/0000'],
  ['12', 'rgb:ffff/ffff/ffff'],
])

/** DEC modes a program may ask about, as they are at first: 1 set, 2 reset; another is not known here (0). */
const MODES: ReadonlyMap<string, number> = new Map([
  ['1', 2],
  ['6', 2],
  ['7', 1],
  ['9', 2],
  ['12', 2],
  ['25', 1],
  ['45', 2],
  ['47', 2],
  ['1000', 2],
  ['1002', 2],
  ['1003', 2],
  ['1004', 2],
  ['1006', 2],
  ['1016', 2],
  ['1047', 2],
  ['1049', 2],
  ['2004', 2],
  ['2026', 2],
])

export function createQueryScanner(): QueryScanner {
  let held = Buffer.alloc(0)
  let modes = new Map(MODES)
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
        if (found !== null) setModes(modes, found.text)
        const query = found === null ? null : toQuery(found.text, base + found.to, modes)
        if (query !== null) queries.push(query)
      }
      return queries
    },
    reset() {
      held = Buffer.alloc(0)
      modes = new Map(MODES)
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
  if (kind === 'P') return parseDcs(text, at)
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

/** Only colour queries (`OSC 10 ; ? ST`, `OSC 4 ; 1 ; ? ST`) matter; a title may be long and is not waited for. */
function parseOsc(
  text: string,
  at: number,
): { readonly text: string; readonly to: number } | null | 'unfinished' {
  const rest = text.slice(at + 2, at + 2 + 16)
  // oxlint-disable-next-line no-control-regex -- control sequences are what is looked for
  const match = /^(1[012]|4;\d{1,3});\?(\u0007|\u001b\\)/.exec(rest)
  if (match !== null) return { text: `\u001b]${match[1]};?${match[2]}`, to: at + 2 + match[0].length }
  // oxlint-disable-next-line no-control-regex -- control sequences are what is looked for
  return /^(?:(?:1[012]|4;\d{1,3})(?:;(?:\?\u001b?)?)?|4;?|1)?$/.test(rest) ? 'unfinished' : null
}

/** XTGETTCAP (`DCS + q`) and DECRQSS (`DCS $ q`); images and others are not waited for. */
function parseDcs(
  text: string,
  at: number,
): { readonly text: string; readonly to: number } | null | 'unfinished' {
  const rest = text.slice(at + 2, at + 2 + MAX_HELD_BYTES)
  if (rest === '' || rest === '+' || rest === '$') return 'unfinished'
  if (!rest.startsWith('+q') && !rest.startsWith('$q')) return null
  const end = rest.indexOf('\u001b')
  if (end === -1 || end === rest.length - 1) return rest.length < MAX_HELD_BYTES ? 'unfinished' : null
  return rest[end + 1] === '\\' ? { text: `\u001bP${rest.slice(0, 2)}`, to: at + 2 + end + 2 } : null
}

/** `ESC [ ? 25 ; 2004 h`: a program that asks later is told so. */
function setModes(modes: Map<string, number>, text: string): void {
  // oxlint-disable-next-line no-control-regex -- control sequences are what is looked for
  const [, list, final] = /^\u001b\[\?([\d;]+)([hl])$/.exec(text) ?? []
  for (const mode of list?.split(';') ?? []) {
    if (MODES.has(mode)) modes.set(mode, final === 'h' ? 1 : 2)
  }
}

function toQuery(text: string, end: number, modes: ReadonlyMap<string, number>): TerminalQuery | null {
  const fixed = ANSWERS.get(text)
  if (fixed !== undefined) return { kind: 'answer', end, text: fixed }
  if (text === '\u001b[6n') return { kind: 'cursor', end, isPrivate: false }
  if (text === '\u001b[?6n') return { kind: 'cursor', end, isPrivate: true }
  if (text === '\u001b[18t') return { kind: 'size', end, what: 'chars' }
  if (text === '\u001b[19t') return { kind: 'size', end, what: 'screen' }
  if (text === '\u001b[14t') return { kind: 'size', end, what: 'pixels' }
  // oxlint-disable-next-line no-control-regex -- control sequences are what is looked for
  const mode = /^\u001b\[(\??)(\d{1,5})\$p$/.exec(text)
  if (mode !== null) {
    const known = mode[1] === '?' ? (modes.get(mode[2] ?? '') ?? 0) : 0
    return { kind: 'answer', end, text: `\u001b[${mode[1]}${mode[2]};${known}$y` }
  }
  // Capabilities and settings are not told: the answer says so, for programs that wait for one.
  if (text === '\u001bP+q' || text === '\u001bP$q') {
    return { kind: 'answer', end, text: text === '\u001bP+q' ? '\u001bP0+r\u001b\\' : '\u001bP0$r\u001b\\' }
  }
  // oxlint-disable-next-line no-control-regex -- control sequences are what is looked for
  const colour = /^\u001b\](1[012]|4;\d+);\?(.*)$/s.exec(text)
  const asked = colour?.[1] ?? ''
  const value = asked.startsWith('4;') ? paletteColour(Number(asked.slice(2))) : COLOURS.get(asked)
  if (colour === null || value === undefined) return null
  // Answered with the terminator it was asked with: some programs read up to that one only.
  return { kind: 'answer', end, text: `\u001b]${colour[1]};${value}${colour[2]}` }
}

/** xterm's 256 colours: 16 by name, a cube of 6 by 6 by 6, 24 greys. */
function paletteColour(n: number): string | undefined {
  const named = NAMED_COLOURS[n]
  if (named !== undefined) return toRgb(named)
  if (n >= 256) return undefined
  const grey = 8 + (n - 232) * 10
  if (n >= 232) return toRgb([grey, grey, grey])
  const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40)
  const index = n - 16
  return toRgb([level(Math.floor(index / 36)), level(Math.floor(index / 6) % 6), level(index % 6)])
}

const NAMED_COLOURS: readonly (readonly [red: number, green: number, blue: number])[] = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
]

/** 16 bits a colour, as terminals answer. */
function toRgb(colours: readonly number[]): string {
  return `rgb:${colours.map((colour) => colour.toString(16).padStart(2, '0').repeat(2)).join('/')}`
}
