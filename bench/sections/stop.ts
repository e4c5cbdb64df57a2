import { existsSync } from 'node:fs'
import { BenchHome } from '../fettle/bench-home.ts'
import { descendantsOf, listProcesses } from '../../src/platform/linux/processes.ts'
import { keeperOf } from '../fettle/keeper-of.ts'
import { toRow, type SectionResult } from '../harness/row.ts'
import type { Section } from '../harness/section.ts'
import { summarise } from '../harness/statistics.ts'
import { until } from '../harness/until.ts'

const TREE = 'sleep 1000001 & sleep 1000002 & sleep 1000003 & sleep 1000004 & wait'
const PROCESSES = 5

/** Stopping five processes that end when they are asked to, until the answer says that the kernel has none left. */
export const stop: Section = {
  name: 'stop',
  async run({ scratch, quick }): Promise<SectionResult> {
    await using home = await BenchHome.start(scratch)
    const values: number[] = []
    for (let round = -2; round < (quick ? 5 : 31); round++) {
      const { id } = await home.start({ argv: ['sh', '-c', TREE] })
      const keeper = await keeperOf(home, id)
      const members = await until(() => membersOf(keeper), { what: 'the tree to stand' })
      const startedMs = performance.now()
      const { results } = await home.client.call('stopJobs', {
        body: { selectors: [id], actor: 'owner:bench' },
      })
      const elapsedMs = performance.now() - startedMs
      const [result] = results
      if (result?.result !== 'stopped') throw new Error(`stop answered ${result?.result}: ${result?.why}`)
      const left = members.filter((pid) => existsSync(`/proc/${pid}`))
      if (left.length > 0) throw new Error(`stop answered "stopped" and ${left.join(', ')} lived on`)
      if (round >= 0) values.push(elapsedMs)
    }
    return {
      rows: [
        toRow({
          id: 'stop',
          what: 'Stop a cooperative tree of 5, verified',
          unit: 'ms',
          fettle: values,
          goals: [{ of: 'value', atMost: 30 }],
          notes: [
            `p95 ${summarise(values).p95.toFixed(1)} ms. None of the five was there any more when the answer came.`,
          ],
        }),
      ],
    }
  },
}

/** null until all of them are there. */
function membersOf(keeper: number): number[] | null {
  const found = descendantsOf(new Set([keeper]), listProcesses()).map(({ pid }) => pid)
  return found.length === PROCESSES ? found : null
}
