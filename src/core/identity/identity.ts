/**
 * A pid is not an identity: the kernel gives numbers out again. A process is named by the boot it lives in,
 * its pid and its start time in clock ticks since that boot (`/proc/PID/stat` field 22).
 */
export interface Identity {
  readonly bootId: string
  readonly pid: number
  readonly startTicks: number
}

export function isSameIdentity(a: Identity, b: Identity): boolean {
  return a.bootId === b.bootId && a.pid === b.pid && a.startTicks === b.startTicks
}
