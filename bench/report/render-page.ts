import { isMissed, type Row, type Table } from '../harness/row.ts'
import { formatFigure, formatGoal, formatNumber, formatPeers, formatRatio, formatReached } from './format.ts'
import type { Report } from './report.ts'

/** `docs/reference/benchmarks.md`. */
export function renderPage(report: Report, reasons: Readonly<Record<string, string>>): string {
  return `${[
    '# Benchmarks',
    '',
    'Written by `npm run bench`; not edited by hand. Each row was measured beside its peer in the same run, the two (or',
    'three) in turn. A figure is the median, in brackets the 10th to the 90th percentile. A ratio is fettle to its peer, the',
    'median of the ratios within the pairs. The ratio is what counts; an absolute goal holds on a machine of two cores.',
    '',
    ...renderHost(report),
    '',
    '## Rows',
    '',
    '| what | fettle | beside | ratio | goal | reached |',
    '|---|---|---|---|---|---|',
    ...report.rows.map(renderRow),
    '',
    ...renderFailures(report),
    ...report.tables.flatMap(renderTable),
    '## How',
    '',
    ...report.rows.flatMap(({ what, notes, fettle }) =>
      notes.length === 0 ? [] : [`- ${what} (${times(fettle.count)}): ${notes.join(' ')}`],
    ),
    '',
    ...renderReasons(report.rows, reasons),
  ]
    .join('\n')
    .trimEnd()}\n`
}

function renderHost({ host, seconds }: Report): string[] {
  const versions = Object.entries(host.versions).map(([name, version]) => `${name} ${version}`)
  return [
    `${host.date}. Linux ${host.kernel}, ${host.cores} cores (${host.cpu}), ${host.memoryGb.toFixed(0)} GB. fsync of 4 kB ${formatNumber(host.fsyncMs)} ms, first touch of`,
    `a page ${formatNumber(host.pageFaultUs)} µs, load before the run ${host.loadBefore.toFixed(2)}. ${versions.join(', ')}. The run took ${(seconds / 60).toFixed(1)} minutes.`,
  ]
}

function renderRow(row: Row): string {
  const cells = [
    row.what,
    formatFigure(row.fettle, row.unit),
    formatPeers(row),
    formatRatio(row),
    row.goals.map((goal) => formatGoal(row, goal)).join('; '),
    row.goals.map((goal) => formatReached(row, goal)).join('; '),
  ]
  return `| ${cells.map(escapeCell).join(' | ')} |`
}

function renderTable({ title, intro, head, lines }: Table): string[] {
  const toLine = (cells: readonly string[]): string => `| ${cells.map(escapeCell).join(' | ')} |`
  return [
    `## ${title}`,
    '',
    intro,
    '',
    toLine(head),
    `|${'---|'.repeat(head.length)}`,
    ...lines.map(toLine),
    '',
  ]
}

function renderFailures({ failures }: Report): string[] {
  if (failures.length === 0) return []
  const lines = failures.map(({ section, why }) => `- \`${section}\`: ${why.split('\n')[0]}`)
  return ['## Not measured', '', ...lines, '']
}

function renderReasons(rows: readonly Row[], reasons: Readonly<Record<string, string>>): string[] {
  const missed = rows.filter(isMissed)
  if (missed.length === 0) return []
  const lines = missed.map(({ id, what }) => `- **${what}.** ${reasons[id] ?? 'The cause is not known.'}`)
  return ['## Why not', '', ...lines]
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}

/** A peer's name holds a pipe. */
function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|')
}
