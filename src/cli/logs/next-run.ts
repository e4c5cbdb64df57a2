import { setTimeout as sleep } from 'node:timers/promises'
import type { Job } from '../../core/job/job.ts'
import { endedWell } from '../../core/restart/restart-policy.ts'
import type { Outcome } from '../../core/run/outcome.ts'
import { jobFile, runDir, runPaths } from '../../store/layout.ts'
import type { Home } from '../../store/layout.ts'
import { readJob } from '../../store/run-files/job.ts'
import { readOutcome } from '../../store/run-files/outcome.ts'

const LOOK_EVERY_MS = 100
/** How long the daemon may take to decide that a run that has ended is to be followed by another. */
const DECIDED_WITHIN_MS = 3000

/** Number of the run that follows, waited for where one is planned; null when the job is over. */
export async function nextRun(home: Pick<Home, 'state'>, id: string, run: number): Promise<number | null> {
  const decidedByMs = performance.now() + DECIDED_WITHIN_MS
  for (;;) {
    const job = readJob(jobFile(home, id))
    if (job === null) return null
    if (job.runs > run) return run + 1
    const outcome = run === 0 ? null : readOutcome(runPaths(runDir(home, id, run)).outcome)
    const planned = job.restart.nextStartMs !== null || (run === 0 && job.desired === 'running')
    if (!planned && (performance.now() > decidedByMs || !mayFollow(job, outcome))) return null
    await sleep(LOOK_EVERY_MS)
  }
}

function mayFollow(job: Job, outcome: Outcome | null): boolean {
  if (job.desired === 'stopped' || job.restart.crashLoop) return false
  const { when } = job.spec.restart
  if (when === 'always') return true
  return when === 'on-failure' && !(outcome !== null && endedWell(outcome))
}
