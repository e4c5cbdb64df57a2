import { statSync } from 'node:fs'
import { bootId } from '../platform/clock.ts'
import {
  descendantsOf,
  holdsForWriting,
  isOwnProgram,
  listProcesses,
  type ProcessStat,
} from '../platform/linux/processes.ts'
import { listCgroup } from '../platform/linux/cgroup.ts'
import type { Identity } from '../core/identity/identity.ts'

export interface MembersOptions {
  /** The run's mark: its output FIFO, which its processes hold open for writing. */
  readonly markPath: string
  /** True while everyone of the run descends from this keeper. A successor is nobody's ancestor. */
  readonly isAncestor: boolean
  /** The run's cgroup, where it has one. */
  readonly cgroup: string | null
  readonly seen: readonly { readonly pid: number; readonly startTicks: number }[]
}

/** Who belongs to the run. */
export class Members {
  private readonly isAncestor: boolean
  /** The run's cgroup, once it has one. */
  cgroup: string | null
  private readonly mark: { readonly dev: number; readonly ino: number } | null
  /** pid → start ticks of everyone who was seen to belong, for a successor. */
  readonly seen = new Map<number, number>()

  constructor(options: MembersOptions) {
    this.isAncestor = options.isAncestor
    this.cgroup = options.cgroup
    this.mark = statSync(options.markPath, { throwIfNoEntry: false }) ?? null
    for (const { pid, startTicks } of options.seen) this.seen.set(pid, startTicks)
  }

  /**
   * Everyone of the run who lives (zombies have ended). A successor goes by evidence: in the run's cgroup, seen before, in
   * the leader's session, or holding the run's own FIFO open for writing; and all who descend from those.
   */
  list(leader: Identity | null): ProcessStat[] {
    const all = listProcesses()
    const found = this.isAncestor ? this.listDescendants(all) : this.listByEvidence(leader, all)
    const living = found.filter((stat) => stat.state !== 'Z' && stat.state !== 'X')
    this.seen.clear()
    for (const stat of living) this.seen.set(stat.pid, stat.startTicks)
    return living
  }

  private listDescendants(all: readonly ProcessStat[]): ProcessStat[] {
    const grouped = this.inCgroup()
    const found = new Map(all.filter((stat) => grouped.has(stat.pid)).map((stat) => [stat.pid, stat]))
    for (const stat of descendantsOf(new Set([process.pid]), all)) found.set(stat.pid, stat)
    return [...found.values()]
  }

  private inCgroup(): ReadonlySet<number> {
    return new Set(this.cgroup === null ? [] : listCgroup(this.cgroup))
  }

  private listByEvidence(leader: Identity | null, all: readonly ProcessStat[]): ProcessStat[] {
    const grouped = this.inCgroup()
    const roots = all.filter((stat) => grouped.has(stat.pid) || this.hasEvidence(leader, stat))
    const found = new Map(roots.map((stat) => [stat.pid, stat]))
    for (const stat of descendantsOf(new Set(found.keys()), all)) found.set(stat.pid, stat)
    return [...found.values()].filter((stat) => !isOwnProgram(stat.pid))
  }

  private hasEvidence(leader: Identity | null, stat: ProcessStat): boolean {
    if (stat.pid === process.pid) return false
    if (this.seen.get(stat.pid) === stat.startTicks) return true
    if (leader !== null && stat.session === leader.pid && stat.startTicks >= leader.startTicks) {
      // A session's id is not given out again while one of its processes lives.
      return leader.bootId === bootId()
    }
    return this.mark !== null && holdsForWriting(stat.pid, this.mark)
  }
}

/** Sum of resident memory, bytes. */
export function residentBytes(members: readonly ProcessStat[]): number {
  return members.reduce((sum, stat) => sum + Math.max(0, stat.rssPages), 0) * PAGE_BYTES
}

const PAGE_BYTES = 4096
