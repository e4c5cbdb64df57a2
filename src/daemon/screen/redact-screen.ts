import { redactText } from '../../core/redact/redact-text.ts'

/**
 * Rows of a screen without secrets. A secret wraps over rows, so full rows are joined with the next before they are
 * looked at, and what was masked keeps its place and length.
 */
export function redactScreen(lines: readonly string[], cols: number): string[] {
  const result: string[] = []
  for (let i = 0; i < lines.length;) {
    let to = i + 1
    while (to < lines.length && (lines[to - 1] ?? '').length >= cols) to++
    const rows = lines.slice(i, to)
    result.push(...redactRows(rows))
    i = to
  }
  return result
}

function redactRows(rows: readonly string[]): string[] {
  const joined = rows.join('')
  const redacted = redactText(joined)
  if (redacted === joined) return [...rows]
  // The mask may be shorter: the rest of the row is as before, moved; the border of rows stays where it was.
  const result: string[] = []
  let from = 0
  for (const row of rows) {
    result.push(redacted.slice(from, from + row.length))
    from += row.length
  }
  if (from < redacted.length && result.length > 0) result[result.length - 1] += redacted.slice(from)
  return result
}
