import { parseArgs } from 'node:util'

export interface BenchOptions {
  /** Names of sections, or their beginnings; all when empty. */
  readonly only: readonly string[]
  readonly quick: boolean
  /** Number of short jobs; 0 leaves the soak out. */
  readonly soakJobs: number
}

export const USAGE = `npm run bench -- [--only NAME]… [--soak N] [--quick]

  --only NAME   only sections whose name begins so
  --soak N      also N short jobs in a row (20000)
  --quick       few repeats and small amounts: shows that it works, not how fast

Without --only and --quick the page docs/reference/benchmarks.md is written anew.`

/** Throws with the usage when something is not understood. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      soak: { type: 'string', default: '0' },
    },
  })
  const soakJobs = Number(values.soak)
  if (!Number.isSafeInteger(soakJobs) || soakJobs < 0)
    throw new Error(`--soak ${values.soak} is no number of jobs`)
  return { only: values.only, quick: values.quick, soakJobs }
}
