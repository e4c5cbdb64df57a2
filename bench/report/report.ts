import type { HostFacts } from '../harness/host-facts.ts'
import type { Row, Table } from '../harness/row.ts'
import type { BenchOptions } from '../options.ts'

export interface Failure {
  readonly section: string
  readonly why: string
}

/** What one run of the benchmark found: `build/bench.json`. */
export interface Report {
  readonly format: 1
  readonly host: HostFacts
  readonly options: BenchOptions
  readonly rows: readonly Row[]
  readonly tables: readonly Table[]
  /** Sections that could not be measured. */
  readonly failures: readonly Failure[]
  readonly seconds: number
}
