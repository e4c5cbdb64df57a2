import type { BenchHome } from '../fettle/bench-home.ts'
import { readMemory } from '../harness/process-readings.ts'
import { quantile } from '../harness/statistics.ts'

export interface HomeMemory {
  /** Median over all keepers. */
  readonly keeperPrivateBytes: number
  readonly anchorPrivateBytes: number
  readonly daemonRssBytes: number
  readonly daemonPrivateBytes: number
  readonly totalPssBytes: number
}

export function readHomeMemory(home: BenchHome): HomeMemory {
  const { anchor, daemon, keepers } = home.processes()
  if (anchor === null || daemon === null) throw new Error('the home has no anchor or no daemon')
  const ofKeepers = keepers.map(readMemory)
  const [ofAnchor, ofDaemon] = [readMemory(anchor), readMemory(daemon)]
  return {
    keeperPrivateBytes: quantile(
      ofKeepers.map(({ privateBytes }) => privateBytes),
      0.5,
    ),
    anchorPrivateBytes: ofAnchor.privateBytes,
    daemonRssBytes: ofDaemon.rssBytes,
    daemonPrivateBytes: ofDaemon.privateBytes,
    totalPssBytes: [ofAnchor, ofDaemon, ...ofKeepers].reduce((sum, { pssBytes }) => sum + pssBytes, 0),
  }
}
