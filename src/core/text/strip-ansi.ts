/**
 * Takes terminal control sequences out of text, as ECMA-48 writes them: CSI, the string sequences OSC, DCS, SOS, PM
 * and APC (ended by ST, and OSC by BEL too), nF and two-character escapes, and the same in 8-bit C1 form.
 *
 * A sequence may be cut anywhere by a chunk border, so the state is kept between chunks. No byte of a sequence is
 * ever held, only where in it we are: an unterminated OSC costs no memory. It must not swallow the rest of a log
 * either, so an OSC ends at a line feed and every string at its bound, and what follows is text again. (DCS and its
 * sisters may hold line feeds: sixel images do.)
 *
 * Control characters that are not part of a sequence (tab, line feed, carriage return, backspace) are left alone.
 */
const MAX_OSC_CHARS = 1_048_576
const MAX_STRING_CHARS = 262_144
/** A CSI or nF sequence longer than this is not one. */
const MAX_SEQUENCE_CHARS = 256

const ESC = 0x1b
const BEL = 0x07
const CAN = 0x18
const SUB = 0x1a

type Mode = 'text' | 'escape' | 'nf' | 'csi' | 'osc' | 'string' | 'string_escape' | 'osc_escape'

export interface AnsiStripper {
  /** Text of this chunk without its control sequences. */
  push(chunk: string): string
}

export function createAnsiStripper(): AnsiStripper {
  let mode: Mode = 'text'
  let length = 0
  return {
    push(chunk: string): string {
      // Most output has no escape at all: then nothing is copied.
      if (mode === 'text' && nextControl(chunk, 0) === -1) return chunk
      let out = ''
      let textFrom = mode === 'text' ? 0 : -1
      for (let i = 0; i < chunk.length; i++) {
        if (mode === 'text') {
          i = nextControl(chunk, i)
          if (i === -1) break
        }
        const code = chunk.charCodeAt(i)
        const next = step(mode, code, length)
        if (next.mode === 'text') {
          length = 0
          if (textFrom === -1) {
            textFrom = next.keep ? i : i + 1
          } else if (!next.keep) {
            // A control of one character between two pieces of text.
            out += chunk.slice(textFrom, i)
            textFrom = i + 1
          }
        } else {
          if (textFrom !== -1) {
            out += chunk.slice(textFrom, i)
            textFrom = -1
          }
          length = next.mode === mode || isEscapeOf(next.mode, mode) ? length + 1 : 0
        }
        mode = next.mode
      }
      return textFrom === -1 ? out : out + chunk.slice(textFrom)
    },
  }
}

/** The whole of a text at once. What an unfinished sequence at the end would have taken is gone. */
export function stripAnsi(text: string): string {
  return createAnsiStripper().push(text)
}

interface Step {
  readonly mode: Mode
  /** This character is text. */
  readonly keep: boolean
}

const TEXT: Step = { mode: 'text', keep: true }
const TEXT_AFTER: Step = { mode: 'text', keep: false }
const IN: { readonly [M in Mode]: Step } = {
  text: TEXT,
  escape: { mode: 'escape', keep: false },
  nf: { mode: 'nf', keep: false },
  csi: { mode: 'csi', keep: false },
  osc: { mode: 'osc', keep: false },
  string: { mode: 'string', keep: false },
  string_escape: { mode: 'string_escape', keep: false },
  osc_escape: { mode: 'osc_escape', keep: false },
}

function step(mode: Mode, code: number, length: number): Step {
  switch (mode) {
    case 'text':
      return code === ESC ? IN.escape : isC1(code) ? fromC1(code) : TEXT
    case 'escape':
      return afterEscape(code)
    case 'nf':
      if (code >= 0x20 && code <= 0x2f && length < MAX_SEQUENCE_CHARS) return IN.nf
      return code >= 0x30 && code <= 0x7e ? TEXT_AFTER : broken(code)
    case 'csi':
      if (code >= 0x20 && code <= 0x3f && length < MAX_SEQUENCE_CHARS) return IN.csi
      return code >= 0x40 && code <= 0x7e ? TEXT_AFTER : broken(code)
    case 'osc':
    case 'string':
      if (code === ESC) return mode === 'osc' ? IN.osc_escape : IN.string_escape
      if (code === 0x9c || (code === BEL && mode === 'osc')) return TEXT_AFTER
      if (code === CAN || code === SUB) return TEXT_AFTER
      if (mode === 'osc' && (code === 0x0a || length >= MAX_OSC_CHARS)) return TEXT
      return length >= MAX_STRING_CHARS && mode === 'string' ? TEXT : IN[mode]
    case 'string_escape':
    case 'osc_escape':
      // ESC \ is ST. Any other ESC ends the string and begins a sequence of its own.
      return code === 0x5c ? TEXT_AFTER : afterEscape(code)
  }
}

function afterEscape(code: number): Step {
  if (code === 0x5b) return IN.csi
  if (code === 0x5d) return IN.osc
  if (code === 0x50 || code === 0x58 || code === 0x5e || code === 0x5f) return IN.string
  if (code >= 0x20 && code <= 0x2f) return IN.nf
  if (code >= 0x30 && code <= 0x7e) return TEXT_AFTER
  return broken(code)
}

/** The sequence was not one: what broke it counts for itself. */
function broken(code: number): Step {
  if (code === ESC) return IN.escape
  if (code === CAN || code === SUB) return TEXT_AFTER
  return isC1(code) ? fromC1(code) : TEXT
}

function isC1(code: number): boolean {
  return code >= 0x80 && code <= 0x9f
}

function fromC1(code: number): Step {
  // NEL is a line feed by another name and stays.
  if (code === 0x85) return TEXT
  if (code === 0x9b) return IN.csi
  if (code === 0x9d) return IN.osc
  if (code === 0x90 || code === 0x98 || code === 0x9e || code === 0x9f) return IN.string
  return TEXT_AFTER
}

function isEscapeOf(next: Mode, mode: Mode): boolean {
  return (next === 'osc_escape' && mode === 'osc') || (next === 'string_escape' && mode === 'string')
}

function nextControl(text: string, from: number): number {
  // A pattern of one character class is a scan: the search is native and cannot backtrack.
  CONTROL.lastIndex = from
  return CONTROL.exec(text)?.index ?? -1
}

// oxlint-disable-next-line no-control-regex -- these characters are what is looked for
const CONTROL = /[\u001b\u0080-\u009f]/g
