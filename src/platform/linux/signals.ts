import { checked, libc } from './libc.ts'
import { errnoName } from './constants.ts'
import { readFd } from './descriptor.ts'

export const SIGHUP = 1
export const SIGKILL = 9
export const SIGPIPE = 13
export const SIGTERM = 15
export const SIGCHLD = 17
export const SIGCONT = 18
export const SIGSTOP = 19

/** A kernel signal set of 64 signals, padded to glibc's 128 bytes. */
export function signalSet(signals: readonly number[]): BigUint64Array {
  const set = new BigUint64Array(16)
  for (const signal of signals) set[0] = (set[0] ?? 0n) | (1n << BigInt(signal - 1))
  return set
}

/**
 * A descriptor that becomes readable at SIGCHLD. It works because anchor and keeper are started with SIGCHLD blocked
 * (see `spawnSelf`), so that every thread of the runtime has it blocked from its first instruction.
 */
export function openChildSignals(): number {
  const set = signalSet([SIGCHLD])
  libc.sigprocmask(0, set, null)
  const fd = checked(libc.signalfd(-1, set, 0o2004000))
  if (fd < 0) throw new Error(`signalfd: ${errnoName(fd)}`)
  return fd
}

const sink = new Uint8Array(128 * 8)

/** Signals coalesce: reading them says only that somebody has ended, not how many. */
export function drainSignals(fd: number): void {
  readFd(fd, sink)
}
