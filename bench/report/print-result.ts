import type { SectionResult } from '../harness/row.ts'
import { formatFigure, formatGoal, formatPeers, formatRatio, formatReached } from './format.ts'

/** For the terminal, while the rest is still being measured. */
export function printResult({ rows, tables = [] }: SectionResult, say: (text: string) => void): void {
  for (const row of rows) {
    say(`  ${row.what}: ${formatFigure(row.fettle, row.unit)}`)
    const peers = formatPeers(row)
    if (peers !== '') say(`    beside ${peers}`)
    const ratio = formatRatio(row)
    if (ratio !== '') say(`    ratio ${ratio}`)
    for (const goal of row.goals) say(`    goal ${formatGoal(row, goal)}: ${formatReached(row, goal)}`)
    for (const note of row.notes) say(`    ${note}`)
  }
  for (const { title, head, lines } of tables) {
    say(`  ${title}`)
    for (const line of [head, ...lines]) say(`    ${line.join(' | ')}`)
  }
}
