import { isAlive } from '../../platform/linux/processes.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import { runDir, runPaths } from '../../store/layout.ts'
import type { Home } from '../../store/layout.ts'
import { readState } from '../../store/run-files/state.ts'

/**
 * Ended jobs of which something lives on because it was to be left, and how many of the processes named at the end do.
 * 0 where those have ended and their children, whom the keeper guards, have not.
 */
export function findLeftovers(
  home: Pick<Home, 'state'>,
  jobs: readonly JobView[],
): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  if (process.platform !== 'linux') return found
  for (const { id, run, outcome } of jobs) {
    const survivors = outcome?.leftovers.survivors ?? []
    if (outcome === null || run === null || survivors.length === 0) continue
    const { bootId } = outcome
    const living = survivors.filter(({ pid, startTicks }) => isAlive({ bootId, pid, startTicks })).length
    if (living > 0 || hasKeeper(home, id, run.n)) found.set(id, living)
  }
  return found
}

function hasKeeper(home: Pick<Home, 'state'>, id: string, run: number): boolean {
  const keeper = readState(runPaths(runDir(home, id, run)).state)?.keeper ?? null
  return keeper !== null && isAlive(keeper)
}
