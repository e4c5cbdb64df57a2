import { stripAnsi } from '../../core/text/strip-ansi.ts'
import { cellWidth } from './cell-width.ts'

export interface Column<T> {
  readonly title: string
  readonly text: (row: T) => string
  /** Colours the padded text. */
  readonly paint?: (text: string, row: T) => string
  readonly align?: 'right'
  /** Takes what is left of the line and is cut there; for the last column. */
  readonly fill?: boolean
}

export interface TableOptions<T> {
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  /** Cells of a line; null does not cut (a pipe). */
  readonly width: number | null
  readonly paintTitle: (text: string) => string
}

const GAP = '  '

/** Aligned lines without trailing blanks, each ended by a newline. */
export function renderTable<T>({ columns, rows, width, paintTitle }: TableOptions<T>): string {
  const cells = rows.map((row) => columns.map((column) => oneLine(column.text(row))))
  const widths = columns.map((column, i) =>
    Math.max(cellWidth(column.title), ...cells.map((line) => cellWidth(line[i] ?? ''))),
  )
  const fixed = widths.reduce(
    (sum, cellsWide, i) => sum + (columns[i]?.fill === true ? 0 : cellsWide + GAP.length),
    0,
  )
  const lines = cells.map((line, rowAt) => {
    const row = rows[rowAt]
    return joinCells(
      columns.map((column, i) => {
        const room = column.fill === true && width !== null ? Math.max(8, width - fixed) : null
        const text = room === null ? (line[i] ?? '') : cut(line[i] ?? '', room)
        const padded = pad(text, column.fill === true ? 0 : (widths[i] ?? 0), column.align)
        return column.paint === undefined || row === undefined ? padded : column.paint(padded, row)
      }),
    )
  })
  const title = joinCells(
    columns.map((column, i) => pad(column.title, column.fill === true ? 0 : (widths[i] ?? 0), column.align)),
  )
  return `${[paintTitle(title), ...lines].join('\n')}\n`
}

function joinCells(cells: readonly string[]): string {
  return cells.join(GAP).trimEnd()
}

function pad(text: string, cellsWide: number, align: 'right' | undefined): string {
  const blanks = ' '.repeat(Math.max(0, cellsWide - cellWidth(text)))
  return align === 'right' ? blanks + text : text + blanks
}

/** A job's argument may hold newlines and control sequences; a table must survive them. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- exactly these are meant
  return stripAnsi(text).replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, '␤')
}

function cut(text: string, room: number): string {
  if (cellWidth(text) <= room) return text
  let kept = ''
  let used = 0
  for (const char of text) {
    const wide = cellWidth(char)
    if (used + wide > room - 1) break
    kept += char
    used += wide
  }
  return `${kept}…`
}
