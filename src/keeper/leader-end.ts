import type { Identity } from '../core/identity/identity.ts'
import type { OutcomeSource } from '../core/run/outcome.ts'
import { readEndOfStranger, readZombie, type StrangerEnd } from '../platform/linux/stranger-end.ts'
import type { WaitStatus } from '../platform/linux/wait.ts'
import { readReaped } from '../store/run-files/reaped.ts'
import { isSameIdentity } from '../core/identity/identity.ts'

/** How the run's first process ended, and how that was learned. */
export interface LeaderEnd extends WaitStatus {
  readonly source: OutcomeSource
  readonly cpuMs: number | null
  readonly maxRssBytes: number | null
  /** Of a lost one: why nobody knows, where there is more to say than that nobody does. */
  readonly why?: string
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
  return toLeaderEnd(readEndOfStranger(options.leader, options.pidfd))
}

/** What only the zombie can tell, before somebody reaps it. */
export function learnFromZombie(leader: Identity): LeaderEnd | null {
  return toLeaderEnd(readZombie(leader))
}

function toLeaderEnd(end: StrangerEnd | null): LeaderEnd | null {
  return end === null ? null : { ...LOST_END, ...end }
}
