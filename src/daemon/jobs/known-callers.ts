import type { Peer } from '../transport/peer.ts'
import { identifyCaller, type Caller, type KnownRun } from './callers.ts'
import type { JobTable } from './job-table.ts'

/** Who calls, worked out once per connection: the process at its other end does not change. */
export class Callers {
  readonly #jobs: JobTable
  readonly #known = new WeakMap<Peer, Caller>()

  constructor(jobs: JobTable) {
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
    return this.#jobs.all().flatMap(({ job, run }) => {
      // Leftovers of an ended run are of it still.
      if (run === null || run.state === null) return []
      const { leader, keeper } = run.state
      return [{ jobId: job.id, n: run.n, owner: job.owner, leader, keeper }]
    })
  }
}
