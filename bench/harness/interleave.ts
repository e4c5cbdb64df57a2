/** One of several things that are measured in turn. */
export class Series<T> {
  readonly values: T[] = []
  private readonly measure: () => Promise<T> | T

  constructor(measure: () => Promise<T> | T) {
    this.measure = measure
  }

  async take(options: { readonly counts: boolean }): Promise<void> {
    const value = await this.measure()
    if (options.counts) this.values.push(value)
  }
}

export interface InterleaveOptions {
  readonly rounds: number
  /** Rounds before the first that counts. */
  readonly warmUps?: number
}

/**
 * Measures them in turn, round after round, and in the opposite order in every second round, so that whatever
 * changes on the machine meanwhile meets all of them alike.
 */
export async function interleave(
  series: readonly Pick<Series<unknown>, 'take'>[],
  { rounds, warmUps = 1 }: InterleaveOptions,
): Promise<void> {
  for (let round = -warmUps; round < rounds; round++) {
    const order = round % 2 === 0 ? series : series.toReversed()
    for (const one of order) await one.take({ counts: round >= 0 })
  }
}
