import { pairRatios, summarise, type Figure } from './statistics.ts'

export type Unit = 'ms' | '/s' | 'MB/s' | 's/GB' | 'MB' | '%' | 'switches/s'

/** A bound that DESIGN sets for a row: for the ratio to a peer of the same run, or for the figure itself. */
export interface Goal {
  readonly of: 'ratio' | 'value'
  readonly atMost?: number
  readonly atLeast?: number
}

export interface PeerFigure {
  readonly name: string
  /** null when the peer could not be had on this machine. */
  readonly figure: Figure | null
}

/** One line of the page. */
export interface Row {
  /** Names the row in `reasons.ts` and `bench.json`; never changes its meaning. */
  readonly id: string
  readonly what: string
  readonly unit: Unit
  readonly fettle: Figure
  readonly peers: readonly PeerFigure[]
  readonly ratio: { readonly to: string; readonly figure: Figure } | null
  readonly goals: readonly Goal[]
  readonly notes: readonly string[]
}

export interface RowInput {
  readonly id: string
  readonly what: string
  readonly unit: Unit
  readonly fettle: readonly number[]
  readonly peers?: readonly { readonly name: string; readonly values: readonly number[] | null }[]
  /** The peer that the ratio is to; its values were measured in pairs with fettle's. */
  readonly ratioTo?: string
  readonly goals?: readonly Goal[]
  readonly notes?: readonly string[]
}

export function toRow(input: RowInput): Row {
  const { id, what, unit, fettle, peers = [], ratioTo, goals = [], notes = [] } = input
  const partner = peers.find(({ name }) => name === ratioTo)?.values ?? null
  return {
    id,
    what,
    unit,
    fettle: summarise(fettle),
    peers: peers.map(({ name, values }) => ({ name, figure: values === null ? null : summarise(values) })),
    ratio:
      ratioTo === undefined || partner === null
        ? null
        : { to: ratioTo, figure: summarise(pairRatios(fettle, partner)) },
    goals,
    notes,
  }
}

/** null when the ratio could not be had, because its peer is missing. */
export function isReached(row: Row, goal: Goal): boolean | null {
  const figure = goal.of === 'ratio' ? (row.ratio?.figure ?? null) : row.fettle
  if (figure === null) return null
  return figure.median <= (goal.atMost ?? Infinity) && figure.median >= (goal.atLeast ?? -Infinity)
}

export function isMissed(row: Row): boolean {
  return row.goals.some((goal) => isReached(row, goal) === false)
}

/** A table beside the rows, for what is no single figure: growth, memory by number of jobs. */
export interface Table {
  readonly title: string
  readonly intro: string
  readonly head: readonly string[]
  readonly lines: readonly (readonly string[])[]
}

export interface SectionResult {
  readonly rows: readonly Row[]
  readonly tables?: readonly Table[]
}
