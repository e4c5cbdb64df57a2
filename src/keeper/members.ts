import { fstatSync } from 'node:fs'
import { bootId } from '../platform/clock.ts'
import {
  descendantsOf,
  holdsForWriting,
  isOwnProgram,
  listProcesses,
  type ProcessStat,
} from '../platform/linux/processes.ts'
import { listCgroup } from '../platform/linux/cgroup.ts'
import { Open } from '../platform/linux/constants.ts'
import { openFd } from '../platform/linux/descriptor.ts'
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
  /** For a successor only: who is the ancestor of all needs no mark. */
  private readonly mark: { readonly dev: number; readonly ino: number } | null
  /** pid → start ticks of everyone who was seen to belong, for a successor. */
  readonly seen = new Map<number, number>()

  constructor(options: MembersOptions) {
    this.isAncestor = options.isAncestor
    this.cgroup = options.cgroup
    this.mark = options.isAncestor ? null : pinFile(options.markPath)
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
    const others = all.filter((stat) => stat.pid !== process.pid)
    const grouped = this.inCgroup()
    const found = new Map(
      others.filter((stat) => grouped.has(stat.pid) || this.isMarked(stat)).map((stat) => [stat.pid, stat]),
    )
    for (const stat of ofSession(leader, { of: others, sure: found })) found.set(stat.pid, stat)
    for (const stat of descendantsOf(new Set(found.keys()), all)) found.set(stat.pid, stat)
    return [...found.values()].filter((stat) => !isOwnProgram(stat.pid))
  }

  private isMarked(stat: ProcessStat): boolean {
    if (this.seen.get(stat.pid) === stat.startTicks) return true
    return this.mark !== null && holdsForWriting(stat.pid, this.mark)
  }
}

/**
 * Number of a file that nobody else gets while this process lives: when the run's folder is removed, another run's
 * FIFO could have it otherwise, and its writers would pass for ours.
 */
function pinFile(path: string): { readonly dev: number; readonly ino: number } | null {
  const fd = openFd(path, Open.PATH)
  return fd < 0 ? null : fstatSync(fd)
}

/**
 * Everyone in the leader's session. Its number is given out again once nobody is in it any more, and the next one
 * who gets it may lead a session too: it counts only while the leader or somebody surely of the run is in it.
 */
function ofSession(
  leader: Identity | null,
  processes: { readonly of: readonly ProcessStat[]; readonly sure: ReadonlyMap<number, ProcessStat> },
): readonly ProcessStat[] {
  if (leader === null || leader.bootId !== bootId()) return []
  const session = processes.of.filter((stat) => stat.session === leader.pid)
  const isLeader = (stat: ProcessStat): boolean =>
    stat.pid === leader.pid && stat.startTicks === leader.startTicks
  return session.some((stat) => isLeader(stat) || processes.sure.has(stat.pid)) ? session : []
}

/** Sum of resident memory, bytes. */
export function residentBytes(members: readonly ProcessStat[]): number {
  return members.reduce((sum, stat) => sum + Math.max(0, stat.rssPages), 0) * PAGE_BYTES
}

const PAGE_BYTES = 4096
