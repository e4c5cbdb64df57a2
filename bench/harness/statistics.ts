/** A set of measured values. Medians and spreads, because one slow moment of the machine must not decide. */
export interface Figure {
  readonly median: number
  readonly p10: number
  readonly p90: number
  readonly p95: number
  readonly count: number
}

/** Linear between the two nearest values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const below = sorted[Math.floor(at)]
  const above = sorted[Math.ceil(at)]
  if (below === undefined || above === undefined) throw new Error('no value was measured')
  return below + (above - below) * (at - Math.floor(at))
}

export function summarise(values: readonly number[]): Figure {
  return {
    median: quantile(values, 0.5),
    p10: quantile(values, 0.1),
    p90: quantile(values, 0.9),
    p95: quantile(values, 0.95),
    count: values.length,
  }
}

/** The ratio within each pair: what slows both sides of a pair falls out. */
export function pairRatios(ours: readonly number[], theirs: readonly number[]): number[] {
  if (ours.length !== theirs.length) throw new Error(`${ours.length} values beside ${theirs.length}`)
  return ours.map((value, i) => value / (theirs[i] ?? Number.NaN))
}

/** Slope of the straight line through the points with the least squares. */
export function fitSlope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const mean = (pick: (point: { x: number; y: number }) => number): number =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length
  const meanX = mean(({ x }) => x)
  const meanY = mean(({ y }) => y)
  const covariance = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0)
  const variance = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0)
  return covariance / variance
}
