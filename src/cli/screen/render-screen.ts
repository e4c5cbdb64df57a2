import { Terminal } from '@xterm/headless'
import { redactText } from '../../core/redact/redact-text.ts'
import type { PtySize } from '../../core/run/spec.ts'
import { openOutput } from '../../store/output/output-reader.ts'

export interface RenderedScreen extends PtySize {
  readonly lines: readonly string[]
  readonly cursor: { readonly row: number; readonly col: number }
  /** Built from this byte of the output on: what came before cannot be seen any more. */
  readonly fromOffset: number
}

const BACK_BYTES = 4 * 1024 * 1024
const PIECE_BYTES = 256 * 1024

/** What a terminal of this size shows after the run's output so far. Needs no daemon. */
export async function renderScreen(options: { dir: string; size: PtySize }): Promise<RenderedScreen> {
  const { rows, cols } = options.size
  const terminal = new Terminal({ rows, cols, scrollback: 0, allowProposedApi: true })
  using reader = openOutput({ dir: options.dir, stream: 'out' })
  const fromOffset = Math.max(reader.first, reader.end - BACK_BYTES)
  for (let at = fromOffset; ;) {
    const piece = reader.pieceAt(at, PIECE_BYTES)
    if (piece === null) break
    if (piece.kind === 'bytes') await new Promise<void>((done) => terminal.write(piece.bytes, done))
    at = piece.to
  }
  const { active } = terminal.buffer
  const screen = {
    rows,
    cols,
    lines: readLines(terminal),
    cursor: { row: active.cursorY, col: Math.min(active.cursorX, cols - 1) },
    fromOffset,
  }
  terminal.dispose()
  return screen
}

/** Redacted by logical lines: a secret that wraps over two rows is one. */
function readLines(terminal: Terminal): string[] {
  const { active } = terminal.buffer
  const lines: string[] = []
  let logical: string[] = []
  for (let row = 0; row < terminal.rows; row += 1) {
    const line = active.getLine(active.baseY + row)
    if (line?.isWrapped !== true) {
      lines.push(...redactRows(logical))
      logical = []
    }
    logical.push(line?.translateToString(true) ?? '')
  }
  lines.push(...redactRows(logical))
  return lines
}

function redactRows(rows: readonly string[]): string[] {
  const joined = rows.join('')
  const redacted = redactText(joined)
  if (redacted === joined) return [...rows]
  let at = 0
  return rows.map((row, i) => {
    const part = i === rows.length - 1 ? redacted.slice(at) : redacted.slice(at, at + row.length)
    at += row.length
    return part
  })
}
