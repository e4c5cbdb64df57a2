import type { IBuffer, IBufferCell, IBufferLine } from '@xterm/headless'

/** Control sequences that draw what a terminal has drawn, on an empty one of the same size. */

/** All rows of a buffer, from any cursor position, without origin mode or margins. */
export function paintRows(buffer: IBuffer, { rows, cols }: { rows: number; cols: number }): string {
  let out = ''
  /** The row before was drawn to its last column: what comes next wraps. */
  let isFull = false
  for (let y = 0; y < rows; y++) {
    const line = buffer.getLine(buffer.baseY + y)
    if (line === undefined) continue
    // only a character wraps
    const wraps = line.isWrapped && isFull && line.getCell(0)?.getChars() !== ''
    const painted = paintRow(line, cols)
    isFull = painted.isFull
    if (painted.text !== '') out += `${wraps ? '' : moveTo(y, 0)}\u001b[m${painted.text}`
  }
  return out
}

function paintRow(line: IBufferLine, cols: number): { readonly text: string; readonly isFull: boolean } {
  let out = ''
  let pen = ''
  let isFull = false
  for (let x = 0; x < cols;) {
    const cell = line.getCell(x)
    if (cell === undefined) break
    const chars = cell.getChars()
    const colours = penOf(cell)
    if (chars === '') {
      const to = emptyEnd(line, { from: x, cols, colours })
      if (!cell.isBgDefault()) {
        if (colours !== pen) out += colours
        pen = colours
        out += `\u001b[${to - x}X`
      }
      if (to < cols) out += `\u001b[${to - x}C`
      x = to
      continue
    }
    if (colours !== pen) out += colours
    pen = colours
    out += chars
    x += Math.max(1, cell.getWidth())
    isFull = x >= cols
  }
  return { text: out, isFull }
}

function emptyEnd(line: IBufferLine, options: { from: number; cols: number; colours: string }): number {
  let to = options.from + 1
  while (to < options.cols) {
    const cell = line.getCell(to)
    if (cell === undefined || cell.getChars() !== '' || penOf(cell) !== options.colours) break
    to++
  }
  return to
}

export function moveTo(row: number, col: number): string {
  return `\u001b[${row + 1};${col + 1}H`
}

/** Everything that decides how a character written now would look. */
export function penOf(cell: IBufferCell): string {
  if (cell.isAttributeDefault()) return '\u001b[m'
  const codes = ['0']
  if (cell.isBold() !== 0) codes.push('1')
  if (cell.isDim() !== 0) codes.push('2')
  if (cell.isItalic() !== 0) codes.push('3')
  if (cell.isUnderline() !== 0) codes.push('4')
  if (cell.isBlink() !== 0) codes.push('5')
  if (cell.isInverse() !== 0) codes.push('7')
  if (cell.isInvisible() !== 0) codes.push('8')
  if (cell.isStrikethrough() !== 0) codes.push('9')
  if (cell.isOverline() !== 0) codes.push('53')
  if (!cell.isFgDefault()) codes.push(`38;${colourOf(cell.isFgRGB(), cell.getFgColor())}`)
  if (!cell.isBgDefault()) codes.push(`48;${colourOf(cell.isBgRGB(), cell.getBgColor())}`)
  return `\u001b[${codes.join(';')}m`
}

function colourOf(isRgb: boolean, colour: number): string {
  return isRgb ? `2;${(colour >> 16) & 0xff};${(colour >> 8) & 0xff};${colour & 0xff}` : `5;${colour}`
}
