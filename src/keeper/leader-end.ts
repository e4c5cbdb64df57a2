import type { Identity } from '../core/identity/identity.ts'
import type { OutcomeSource } from '../core/run/outcome.ts'
import { readExitOfStranger } from '../platform/linux/pidfd.ts'
import { readProcStat } from '../platform/linux/processes.ts'
import { parseWaitStatus, type WaitStatus } from '../platform/linux/wait.ts'
import { readReaped } from '../store/run-files/reaped.ts'
import { isSameIdentity } from '../core/identity/identity.ts'

/** How the run's first process ended, and how that was learned. */
export interface LeaderEnd extends WaitStatus {
  readonly source: OutcomeSource
  readonly cpuMs: number | null
  readonly maxRssBytes: number | null
}

export const LOST_END: LeaderEnd = {
  code: null,
  signal: null,
  coreDumped: false,
  source: 'lost',
  cpuMs: null,
  maxRssBytes: null,
}

/**
 * Status of a leader that is not this keeper's child, from whoever can know it: the anchor that reaped it, the
 * kernel's record behind the pidfd (Linux 6.15), or the zombie that nobody has reaped. null while nobody can say.
 */
export function learnEnd(options: {
  readonly leader: Identity
  readonly pidfd: number
  readonly reapedPath: string
}): LeaderEnd | null {
  const reaped = readReaped(options.reapedPath)
  if (reaped !== null && isSameIdentity(reaped.leader, options.leader)) {
    const { code, signal, coreDumped, cpuMs, maxRssBytes } = reaped
    return { code, signal, coreDumped, cpuMs, maxRssBytes, source: 'waited' }
  }
  const raw = options.pidfd < 0 ? null : readExitOfStranger(options.pidfd)
  if (raw !== null) return { ...LOST_END, ...parseWaitStatus(raw), source: 'pidfd' }
  return readZombie(options.leader)
}

/** Status of an ended process that nobody has reaped yet; null when there is no such zombie. */
export function readZombie(leader: Identity): LeaderEnd | null {
  const stat = readProcStat(leader.pid)
  if (stat === null || stat.startTicks !== leader.startTicks || stat.state !== 'Z') return null
  return { ...LOST_END, ...parseWaitStatus(stat.waitStatus), source: 'zombie' }
}
