import { redactWords } from '../../core/redact/redact-text.ts'
import { isAlive } from '../../platform/linux/processes.ts'
import type { Outcome, Survivor } from '../../core/run/outcome.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import { runDir, runPaths } from '../../store/layout.ts'
import type { Home } from '../../store/layout.ts'
import { listGuardedRuns } from '../../store/run-files/guarded-runs.ts'
import { readOutcome } from '../../store/run-files/outcome.ts'
import { readState } from '../../store/run-files/state.ts'

type LeftoverHome = Pick<Home, 'state' | 'runtime'>

/**
 * Jobs of which something lives on because a run of theirs, not only the newest, was to leave it, and how many of the
 * processes named at the ends do. 0 where those have ended and their children, whom the keeper guards, have not.
 */
export function findLeftovers(home: LeftoverHome, jobs: readonly JobView[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  if (process.platform !== 'linux') return found
  const add = (id: string, n: number, outcome: Outcome | null): void => {
    const living = outcome === null ? null : countLiving(home, { id, n, outcome })
    if (living !== null) found.set(id, (found.get(id) ?? 0) + living)
  }
  const newest = new Map<string, number>()
  for (const { id, run, outcome } of jobs) {
    newest.set(id, run?.n ?? 0)
    if (run !== null) add(id, run.n, outcome)
  }
  for (const { id, n } of listGuardedRuns(home)) {
    if (n < (newest.get(id) ?? 0)) add(id, n, readOutcomeOf(home, id, n))
  }
  return found
}

/** What is left of one job, by name: `4242 sleep 1000 (of run 1)`. */
export function nameLeftovers(home: LeftoverHome, { id, run, outcome }: JobView): string[] {
  if (process.platform !== 'linux' || run === null) return []
  const name = (n: number, of: Outcome | null): string[] =>
    of === null ? [] : livingOf(of).map(({ pid, command }) => `${pid} ${redactWords(command)} (of run ${n})`)
  const earlier = listGuardedRuns(home).filter((guarded) => guarded.id === id && guarded.n < run.n)
  return [...earlier.flatMap(({ n }) => name(n, readOutcomeOf(home, id, n))), ...name(run.n, outcome)]
}

/** Null when nothing of the run is left. */
function countLiving(
  home: LeftoverHome,
  { id, n, outcome }: { readonly id: string; readonly n: number; readonly outcome: Outcome },
): number | null {
  if (outcome.leftovers.survivors.length === 0) return null
  const living = livingOf(outcome).length
  return living > 0 || hasKeeper(home, id, n) ? living : null
}

function livingOf({ bootId, leftovers }: Outcome): readonly Survivor[] {
  return leftovers.survivors.filter(({ pid, startTicks }) => isAlive({ bootId, pid, startTicks }))
}

function readOutcomeOf(home: Pick<Home, 'state'>, id: string, n: number): Outcome | null {
  return readOutcome(runPaths(runDir(home, id, n)).outcome)
}

function hasKeeper(home: Pick<Home, 'state'>, id: string, run: number): boolean {
  const keeper = readState(runPaths(runDir(home, id, run)).state)?.keeper ?? null
  return keeper !== null && isAlive(keeper)
}
