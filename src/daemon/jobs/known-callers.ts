import type { Job } from '../../core/job/job.ts'
import type { RunState } from '../../core/run/state.ts'
import { runDir, runPaths, type Home } from '../../store/layout.ts'
import { listGuardedRuns } from '../../store/run-files/guarded-runs.ts'
import { readState } from '../../store/run-files/state.ts'
import type { Peer } from '../transport/peer.ts'
import { identifyCaller, type Caller, type KnownRun } from './callers.ts'
import type { JobTable } from './job-table.ts'

/** Who calls, worked out once per connection: the process at its other end does not change. */
export class Callers {
  readonly #home: Home
  readonly #jobs: JobTable
  readonly #known = new WeakMap<Peer, Caller>()

  constructor(home: Home, jobs: JobTable) {
    this.#home = home
    this.#jobs = jobs
  }

  of(peer: Peer): Caller {
    const known = this.#known.get(peer)
    if (known !== undefined) return known
    const caller = identifyCaller(peer, this.#runs())
    // A process that had ended when we looked is looked for again: it may have been a moment's trouble.
    if (!caller.isUnknown) this.#known.set(peer, caller)
    return caller
  }

  #runs(): KnownRun[] {
    const newest = this.#jobs.all().flatMap(({ job, run }) => {
      // Leftovers of an ended run are of it still.
      return run === null || run.state === null ? [] : [toKnownRun(job, run.n, run.state)]
    })
    const earlier = listGuardedRuns(this.#home).flatMap(({ id, n }) => {
      const entry = this.#jobs.get(id)
      if (entry === undefined || n >= (entry.run?.n ?? 0)) return []
      const state = readState(runPaths(runDir(this.#home, id, n)).state)
      return state === null ? [] : [toKnownRun(entry.job, n, state)]
    })
    return [...newest, ...earlier]
  }
}

function toKnownRun({ id, owner }: Job, n: number, { leader, keeper }: RunState): KnownRun {
  return { jobId: id, n, owner, leader, keeper }
}
