import type { Identity } from '../../core/identity/identity.ts'
import { readExitOfStranger } from './pidfd.ts'
import { readProcStat } from './processes.ts'
import { parseWaitStatus, type WaitStatus } from './wait.ts'

/** How a process that is not our child ended, and from where that is known. */
export interface StrangerEnd extends WaitStatus {
  readonly source: 'pidfd' | 'zombie'
}

/** From the kernel's record behind its pidfd (Linux 6.15, once it has been reaped), or from the unreaped zombie. */
export function readEndOfStranger(identity: Identity, pidfd: number): StrangerEnd | null {
  const raw = pidfd < 0 ? null : readExitOfStranger(pidfd)
  return raw === null ? readZombie(identity) : { ...parseWaitStatus(raw), source: 'pidfd' }
}

/** Status of an ended process that nobody has reaped yet; null when there is no such zombie. */
export function readZombie(identity: Identity): StrangerEnd | null {
  const stat = readProcStat(identity.pid)
  if (stat === null || stat.startTicks !== identity.startTicks || stat.state !== 'Z') return null
  return { ...parseWaitStatus(stat.waitStatus), source: 'zombie' }
}
