/**
 * Whether a terminal that has been given some bytes is between two sequences, so that the next byte means what it says.
 * An ESC begins a sequence of its own wherever it stands, so only what follows the last one is looked at. "No" may be
 * said of a place that is between two; "yes" never of one that is not.
 */
export interface ParserState {
  push(bytes: Uint8Array): void
  readonly isGround: boolean
}

type Mode = 'ground' | 'escape' | 'nf' | 'csi' | 'osc' | 'string'

const ESC = 0x1b
const BEL = 0x07

export function createParserState(): ParserState {
  let mode: Mode = 'ground'
  let lastByte = 0
  return {
    push(bytes) {
      const last = bytes.lastIndexOf(ESC)
      if (last !== -1) mode = 'escape'
      for (let i = last + 1; i < bytes.length && mode !== 'ground'; i++) {
        if (mode === 'string') break
        mode = after(mode, bytes[i] ?? 0)
      }
      // C1 controls, two bytes in UTF-8, begin sequences too; they are rare, and the next ESC makes it sure again
      if (mode === 'ground' && hasC1(bytes, last + 1, lastByte)) mode = 'string'
      lastByte = bytes.at(-1) ?? lastByte
    },
    get isGround() {
      return mode === 'ground' && lastByte < 0x80
    },
  }
}

function after(mode: Exclude<Mode, 'ground' | 'string'>, byte: number): Mode {
  switch (mode) {
    case 'escape':
      if (byte === 0x5b) return 'csi'
      if (byte === 0x5d) return 'osc'
      if (byte === 0x50 || byte === 0x58 || byte === 0x5e || byte === 0x5f) return 'string'
      if (byte >= 0x20 && byte <= 0x2f) return 'nf'
      return byte >= 0x30 && byte <= 0x7e ? 'ground' : 'escape'
    case 'nf':
      return byte >= 0x30 && byte <= 0x7e ? 'ground' : 'nf'
    case 'csi':
      return byte >= 0x40 && byte <= 0x7e ? 'ground' : 'csi'
    case 'osc':
      return byte === BEL ? 'ground' : 'osc'
  }
}

function hasC1(bytes: Uint8Array, from: number, before: number): boolean {
  const isC1 = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x80 && byte <= 0x9f
  if (before === 0xc2 && from === 0 && isC1(bytes[0])) return true
  for (let at = bytes.indexOf(0xc2, from); at !== -1; at = bytes.indexOf(0xc2, at + 1)) {
    if (isC1(bytes[at + 1])) return true
  }
  return false
}
