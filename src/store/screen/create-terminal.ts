import { Terminal } from '@xterm/headless'
import type { PtySize } from '../../core/run/spec.ts'

/** A terminal that nobody sees, and what it does not tell of itself. */
export interface Emulator {
  readonly terminal: Terminal
  /** Whether each of the two character sets that SI and SO choose from holds lines and corners. */
  readonly isDrawing: { g0: boolean; g1: boolean }
}

/** Characters are as wide as terminals of today draw them, not as in Unicode 6. */
export function createTerminal(size: PtySize): Emulator {
  const terminal = new Terminal({ ...size, scrollback: 0, allowProposedApi: true })
  terminal.unicode.register({ version: VERSION, wcwidth: widthOf, charProperties })
  terminal.unicode.activeVersion = VERSION
  const isDrawing = { g0: false, g1: false }
  const { parser } = terminal
  const see = (set: 'g0' | 'g1', value: boolean) => (): boolean => {
    isDrawing[set] = value
    // not dealt with: xterm.js does
    return false
  }
  for (const final of ['0', 'A', 'B', '1', '2', '4', 'K', 'R']) {
    parser.registerEscHandler({ intermediates: '(', final }, see('g0', final === '0'))
    parser.registerEscHandler({ intermediates: ')', final }, see('g1', final === '0'))
  }
  const reset = (): boolean => see('g0', false)() || see('g1', false)()
  parser.registerEscHandler({ final: 'c' }, reset)
  parser.registerCsiHandler({ intermediates: '!', final: 'p' }, reset)
  return { terminal, isDrawing }
}

/** Gives bytes to a terminal; resolves when they are drawn. */
export async function draw(terminal: Terminal, data: Uint8Array | string): Promise<void> {
  await new Promise<void>((done) => terminal.write(data, done))
}

const VERSION = 'fettle'
const widths = new Map<number, 0 | 1 | 2>()

function widthOf(point: number): 0 | 1 | 2 {
  if (point < 0x7f) return point < 0x20 ? 0 : 1
  const known = widths.get(point)
  if (known !== undefined) return known
  const width = Bun.stringWidth(String.fromCodePoint(point))
  const found = width >= 2 ? 2 : width === 1 ? 1 : 0
  widths.set(point, found)
  return found
}

/**
 * What xterm.js keeps of a character: its width, and whether it joins the one before. The layout is that of its own
 * providers: bit 0 joins, bits 1 and 2 are the width.
 */
function charProperties(point: number, preceding: number): number {
  if (point >= 0x20 && point < 0x7f) return 1 << 1
  const width = widthOf(point)
  const precedingWidth = (preceding >> 1) & 3
  const joins = width === 0 && preceding !== 0 && precedingWidth !== 0
  return joins ? (precedingWidth << 1) | 1 : width << 1
}
