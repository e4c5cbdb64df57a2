import { isReached, type Goal, type Row, type Unit } from '../harness/row.ts'
import type { Figure } from '../harness/statistics.ts'

/** Three figures are enough of anything measured. */
export function formatNumber(value: number): string {
  const size = Math.abs(value)
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** `12.3 ms (11.8–14.0)`: the median, and the tenth to the ninetieth percentile. */
export function formatFigure(figure: Figure, unit: Unit | '×'): string {
  const text = `${formatNumber(figure.median)}${unit === '/s' || unit === '×' ? '' : ' '}${unit}`
  return figure.count === 1 ? text : `${text} (${formatNumber(figure.p10)}–${formatNumber(figure.p90)})`
}

export function formatPeers(row: Row): string {
  return row.peers
    .map(({ name, figure }) => `${name} ${figure === null ? 'not measured' : formatFigure(figure, row.unit)}`)
    .join('; ')
}

export function formatRatio(row: Row): string {
  return row.ratio === null ? '' : formatFigure(row.ratio.figure, '×')
}

export function formatGoal(row: Row, goal: Goal): string {
  const bound = goal.atMost === undefined ? `≥ ${goal.atLeast ?? ''}` : `≤ ${goal.atMost}`
  return goal.of === 'ratio' ? `${bound} ×` : `${bound} ${row.unit}`
}

export function formatReached(row: Row, goal: Goal): string {
  const reached = isReached(row, goal)
  return reached === null ? 'not measured' : reached ? 'yes' : '**no**'
}
