import { expect, test } from 'bun:test'
import type { Terminal } from '@xterm/headless'
import { createTerminal, draw } from './create-terminal.ts'
import { penOf } from './paint.ts'
import { takeState } from './take-state.ts'

const SIZE = { rows: 8, cols: 21 }

/** Every cell of both screens with its looks, and the cursor. */
function describeScreen({ buffer, rows, cols }: Terminal): string[] {
  const lines: string[] = []
  for (const screen of [buffer.normal, buffer.active]) {
    for (let y = 0; y < rows; y++) {
      const line = screen.getLine(screen.baseY + y)
      let text = ''
      for (let x = 0; x < cols;) {
        const cell = line?.getCell(x)
        // of an empty cell only the background is seen
        const isEmpty = cell?.getChars() === ''
        if (cell !== undefined && isEmpty) text += `(${cell.isBgRGB()} ${cell.getBgColor()})`
        else if (cell !== undefined) text += `${penOf(cell).slice(1)}${cell.getChars()}`
        x += Math.max(1, cell?.getWidth() ?? 1)
      }
      lines.push(text)
    }
    lines.push(`${screen.type} ${screen.cursorY} ${Math.min(screen.cursorX, cols)}`)
  }
  return lines
}

/** Numbers without a pattern, the same ones each time. */
function createChance(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % below
  }
}

const PIECES: readonly ((chance: (below: number) => number) => string)[] = [
  (chance) => 'abcdefghijklmnopqrstuvwxyz'.slice(0, 1 + chance(25)),
  () => 'wide 漢字 e\u0301 😀',
  () => '\r\n',
  () => '\n\t',
  (chance) => `\u001b[${1 + chance(8)};${1 + chance(21)}H`,
  (chance) => `\u001b[${['1', '4;31', '0', '7', '48;5;20', '38;2;1;2;3', '39;49', ''][chance(8)]}m`,
  (chance) => `\u001b[${['K', '1K', 'J', '1J', '2J', 'L', 'M', '2P', '3@', 'S', 'T', '4X'][chance(12)]}`,
  (chance) => `\u001b[${['2;6r', 'r', '3;5r'][chance(3)]}`,
  (chance) =>
    `\u001b[${['?1049', '?47', '?7', '?6', '4', '?25', '20'][chance(7)]}${chance(2) === 0 ? 'h' : 'l'}`,
  (chance) => `\u001b${['7', '8', 'M', 'D', 'E', ')0', 'H'][chance(7)]}`,
  (chance) => ['\u001b(0lqqk\u001b(B', '\u001b)0\u000elqqk\u000f', '\b', '\r', '\t'][chance(5)] ?? '',
  () => 'qqq lines to the end of a row and on, qx',
]

test('a terminal that is brought to a state goes on like the one it was taken from', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const chance = createChance(seed)
    const some = (): string =>
      Array.from({ length: 12 }, () => PIECES[chance(PIECES.length)]?.(chance)).join('')
    const before = some() + (['', '\u001b(0', '\u001b)0\u000e'][chance(3)] ?? '')
    const after = some()
    const whole = createTerminal(SIZE).terminal
    await draw(whole, before)
    const seen = describeScreen(whole)
    const source = createTerminal(SIZE)
    await draw(source.terminal, before)
    const state = await takeState(source)
    const restored = createTerminal(SIZE).terminal
    await draw(restored, state)
    const context = JSON.stringify({ seed, before, state })
    expect([context, ...describeScreen(restored)]).toEqual([context, ...seen])
    await draw(whole, after)
    await draw(restored, after)
    const context2 = JSON.stringify({ seed, before, after, state })
    expect([context2, ...describeScreen(restored)]).toEqual([context2, ...describeScreen(whole)])
  }
})
