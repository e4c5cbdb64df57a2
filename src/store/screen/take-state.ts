import type { IBuffer, Terminal } from '@xterm/headless'
import { draw, type Emulator } from './create-terminal.ts'
import { moveTo, paintRows, penOf } from './paint.ts'

/**
 * Everything that decides what a terminal shows, now and after more output, as control sequences that bring a new one
 * of the same size there: both screens, cursor and saved cursors, colours, modes, margins, character sets, tab stops.
 *
 * What the emulator does not tell otherwise is asked with the queries that programs use, or found by writing a
 * character: that ends the terminal's use. It must stand between two sequences.
 */
export async function takeState({ terminal, isDrawing }: Emulator): Promise<string> {
  const { g0, g1 } = isDrawing
  const { rows, cols, buffer } = terminal
  const isAlternate = buffer.active.type === 'alternate'
  const normal = paintRows(buffer.normal, { rows, cols })
  const normalCursor = cursorOf(buffer.normal, cols)
  const alternate = isAlternate ? paintRows(buffer.active, { rows, cols }) : ''
  const { cursorX, cursorY } = buffer.active
  const cursor = cursorOf(buffer.active, cols)
  const { modes, isOrigin, region } = await askModes(terminal)
  const pen = await probe(terminal, PLAIN)
  const isG1Chosen = (await probe(terminal, '\u001b[H\u001b(B\u001b)0')).isDrawing
  const saved = await probe(terminal, `${PLAIN}\u001b8`)
  const stops = await tabStops(terminal)
  const parts = [normal]
  if (isAlternate) {
    const normalRegion = regionIn(await ask(terminal, `\u001b[?47l${ASK_REGION}`))
    const normalSaved = await probe(terminal, `${PLAIN}\u001b8`)
    parts.push(save(normalSaved), setRegion(normalRegion, rows), normalCursor)
    parts.push('\u001b[?47h\u001b[r', alternate)
  }
  parts.push(save(saved), stops)
  // both move the cursor
  parts.push(setRegion(region, rows), cursor)
  if (isOrigin) {
    const top = Number(region?.split(';')[0] ?? 1) - 1
    parts.push('\u001b[?6h', moveTo(Math.max(0, cursorY - top), Math.min(cursorX, cols - 1)))
  }
  parts.push(modes, pen.colours)
  // What is written now counts: xterm.js forgets at DECRC which set it came from.
  if (isG1Chosen ? g0 : pen.isDrawing) parts.push('\u001b(0')
  if (isG1Chosen ? pen.isDrawing : g1) parts.push('\u001b)0')
  if (isG1Chosen) parts.push('\u000e')
  return parts.join('')
}

/** No origin mode, margins, insertion; characters wrap. Puts the cursor into the corner. */
const PLAIN = '\u001b[?6l\u001b[4l\u001b[?7h\u001b[r\u001b[H'

/** Places the cursor. One that waits behind the last column gets there by writing what stands in it again. */
function cursorOf(buffer: IBuffer, cols: number): string {
  const { cursorX, cursorY } = buffer
  if (cursorX < cols) return moveTo(cursorY, cursorX)
  const line = buffer.getLine(buffer.baseY + cursorY)
  const isWide = line?.getCell(cols - 1)?.getWidth() === 0
  const last = line?.getCell(isWide ? cols - 2 : cols - 1)
  if (last === undefined) return moveTo(cursorY, cols - 1)
  return `${moveTo(cursorY, isWide ? cols - 2 : cols - 1)}${penOf(last)}${last.getChars() || ' '}`
}

interface Probed {
  readonly row: number
  readonly col: number
  readonly colours: string
  /** Line drawing: letters are written as lines and corners. */
  readonly isDrawing: boolean
}

/** What a character looks like after some sequences, and where it was written. */
async function probe(terminal: Terminal, before: string): Promise<Probed> {
  await draw(terminal, before)
  const { active } = terminal.buffer
  const row = active.cursorY
  const col = Math.min(active.cursorX, terminal.cols - 1)
  await draw(terminal, 'q')
  const cell = active.getLine(active.baseY + row)?.getCell(col)
  return {
    row,
    col,
    colours: cell === undefined ? '\u001b[m' : penOf(cell),
    isDrawing: cell?.getChars() === '\u2500',
  }
}

function save({ row, col, colours, isDrawing }: Probed): string {
  const [on, off] = isDrawing ? ['\u001b(0', '\u001b(B'] : ['', '']
  return `${moveTo(row, col)}${colours}${on}\u001b7${off}\u001b[m`
}

/** Modes a program sets for longer: cursor keys, wrapping, cursor shown, mouse, keypad, focus, paste. */
const MODES: readonly (readonly [mode: number, isSetAtFirst: boolean])[] = [
  [1, false],
  [7, true],
  [9, false],
  [25, true],
  [45, false],
  [66, false],
  [1000, false],
  [1002, false],
  [1003, false],
  [1004, false],
  [1006, false],
  [1016, false],
  [2004, false],
]

interface Modes {
  /** Sequences for those that are not as in a new terminal. */
  readonly modes: string
  readonly isOrigin: boolean
  /** `top;bottom` of the scrolling region, from 1. */
  readonly region: string | null
}

async function askModes(terminal: Terminal): Promise<Modes> {
  const asked = [...MODES.map(([mode]) => mode), 6].map((mode) => `\u001b[?${mode}$p`).join('')
  const answers = await ask(terminal, `${asked}\u001b[4$p\u001b[20$p${ASK_REGION}`)
  const isSet = (mode: string): boolean => answers.includes(`\u001b[${mode};1$y`)
  let modes = ''
  for (const [mode, atFirst] of MODES) {
    if (isSet(`?${mode}`) !== atFirst) modes += `\u001b[?${mode}${atFirst ? 'l' : 'h'}`
  }
  for (const mode of ['4', '20']) if (isSet(mode)) modes += `\u001b[${mode}h`
  return { modes, isOrigin: isSet('?6'), region: regionIn(answers) }
}

export const ASK_REGION = '\u001bP$qr\u001b\\'

export function regionIn(answers: string): string | null {
  // oxlint-disable-next-line no-control-regex -- control sequences are what is looked for
  return /\u001bP1\$r(\d+;\d+)r\u001b\\/.exec(answers)?.[1] ?? null
}

function setRegion(region: string | null, rows: number): string {
  return region === null || region === `1;${rows}` ? '' : `\u001b[${region}r`
}

/** What the terminal answers to queries. */
export async function ask(terminal: Terminal, queries: string): Promise<string> {
  let answers = ''
  const listener = terminal.onData((data) => (answers += data))
  await draw(terminal, queries)
  listener.dispose()
  return answers
}

/** Nothing where they stand at each eighth column, as in a new terminal. */
async function tabStops(terminal: Terminal): Promise<string> {
  const { cols } = terminal
  const answers = await ask(terminal, `${PLAIN}${'\t\u001b[6n'.repeat(cols)}`)
  // oxlint-disable-next-line no-control-regex -- control sequences are what is looked for
  const columns = [...answers.matchAll(/\u001b\[1;(\d+)R/g)].map((match) => Number(match[1]) - 1)
  const stops = [...new Set(columns)].filter((col) => col < cols - 1)
  const atFirst = Array.from({ length: Math.ceil((cols - 1) / 8) - 1 }, (_, i) => (i + 1) * 8)
  if (stops.join() === atFirst.join()) return ''
  return `\u001b[3g${stops.map((col) => `${moveTo(0, col)}\u001bH`).join('')}`
}
