import type { Identity } from '../../core/identity/identity.ts'
import { bootId } from '../clock.ts'
import { closeFd } from './descriptor.ts'
import { Errno, Ioctl } from './constants.ts'
import { isFeatureEnabled } from './features.ts'
import { checked, libc } from './libc.ts'
import { readProcStat } from './processes.ts'

const SYS_PIDFD_SEND_SIGNAL = 424
const SYS_PIDFD_OPEN = 434

/** A descriptor that means this process and never another; below zero an errno. Readable once it has ended. */
export function openPidfd(pid: number): number {
  if (!isFeatureEnabled('pidfd')) return -Errno.ENOSYS
  return checked(libc.syscall(SYS_PIDFD_OPEN, pid, 0, null, 0))
}

/**
 * A pidfd checked against the identity: opened first, looked at second, so that the number cannot have been given
 * to another process in between. `gone` also when the number now belongs to another.
 */
export function openIdentity(identity: Identity): number | 'gone' | 'unknown' {
  if (identity.bootId !== bootId()) return 'gone'
  const fd = openPidfd(identity.pid)
  if (fd === -Errno.ESRCH) return 'gone'
  if (fd < 0) return 'unknown'
  const stat = readProcStat(identity.pid)
  if (stat !== null && stat.startTicks === identity.startTicks) return fd
  closeFd(fd)
  return 'gone'
}

export type SignalResult = 'sent' | 'gone' | 'refused' | 'unknown'

/**
 * Sends one signal to exactly this process. Where the kernel has no pidfds the start time is compared right before
 * the call: what remains open then is the time between the two.
 */
export function signalIdentity(identity: Identity, signal: number): SignalResult {
  const fd = openIdentity(identity)
  if (fd === 'gone') return 'gone'
  if (fd === 'unknown') return signalByPid(identity, signal)
  const result = checked(libc.syscall(SYS_PIDFD_SEND_SIGNAL, fd, signal, null, 0))
  closeFd(fd)
  return toSignalResult(result)
}

function signalByPid(identity: Identity, signal: number): SignalResult {
  const stat = readProcStat(identity.pid)
  if (stat === null || stat.startTicks !== identity.startTicks) return 'gone'
  try {
    process.kill(identity.pid, signal)
    return 'sent'
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    return code === 'ESRCH' ? 'gone' : code === 'EPERM' ? 'refused' : 'unknown'
  }
}

function toSignalResult(result: number): SignalResult {
  if (result >= 0) return 'sent'
  if (result === -Errno.ESRCH) return 'gone'
  return result === -Errno.EPERM ? 'refused' : 'unknown'
}

const PIDFD_INFO_EXIT = 8
const EXIT_CODE_OFFSET = 60

/** Raw wait status of an ended process that is not our child (Linux 6.15), null where the kernel does not say. */
export function readExitOfStranger(pidfd: number): number | null {
  if (!isFeatureEnabled('pidfd_info')) return null
  const info = new Uint8Array(64)
  const view = new DataView(info.buffer)
  view.setBigUint64(0, BigInt(PIDFD_INFO_EXIT), true)
  if (checked(libc.ioctl(pidfd, Ioctl.PIDFD_GET_INFO, info)) < 0) return null
  const known = (view.getBigUint64(0, true) & BigInt(PIDFD_INFO_EXIT)) !== 0n
  return known ? view.getInt32(EXIT_CODE_OFFSET, true) : null
}
