import { signalName } from '../../core/parse/signal.ts'
import { checked, libc } from './libc.ts'
import { Errno } from './constants.ts'

/** An ended child as the kernel keeps it, before or after it is reaped. */
export interface WaitStatus {
  readonly code: number | null
  /** `SIGTERM`, …; null when it exited by itself. */
  readonly signal: string | null
  readonly coreDumped: boolean
}

export interface ReapedStatus extends WaitStatus {
  /** CPU time of the child and of what it waited for itself, ms. */
  readonly cpuMs: number
  /** null when it stayed below what this process had itself: the kernel counts the moment of the spawn, too. */
  readonly maxRssBytes: number | null
}

export function parseWaitStatus(raw: number): WaitStatus {
  const signal = raw & 0x7f
  if (signal === 0) return { code: (raw >> 8) & 0xff, signal: null, coreDumped: false }
  return { code: null, signal: nameOf(signal), coreDumped: (raw & 0x80) !== 0 }
}

function nameOf(signal: number): string {
  return signalName(signal) ?? `SIG${signal}`
}

const P_ALL = 0
const WNOHANG = 1
const WEXITED = 4
const WNOWAIT = 0x0100_0000
const siginfo = new Int32Array(32)

export interface EndedChild extends WaitStatus {
  readonly pid: number
}

const CLD_EXITED = 1
const CLD_DUMPED = 3

/**
 * The next ended child, left unreaped: its pid and status, `alive` when children live and none has ended, `none` when the
 * kernel says that there is no child at all (ECHILD), the only proof that nothing is left.
 */
export function peekChild(): EndedChild | 'alive' | 'none' {
  // si_pid keeps its old value when nobody has ended.
  siginfo.fill(0)
  const result = checked(libc.waitid(P_ALL, 0, siginfo, WEXITED | WNOHANG | WNOWAIT))
  if (result === -Errno.ECHILD) return 'none'
  // x86-64 and arm64: si_signo, si_errno, si_code, padding, si_pid, si_uid, si_status.
  const pid = siginfo[4] ?? 0
  if (result < 0 || pid === 0) return 'alive'
  const how = siginfo[2] ?? 0
  const value = siginfo[6] ?? 0
  if (how === CLD_EXITED) return { pid, code: value, signal: null, coreDumped: false }
  return { pid, code: null, signal: nameOf(value), coreDumped: how === CLD_DUMPED }
}

const status = new Int32Array(1)
const usage = new BigInt64Array(18)

/** Reaps one ended child; null when it is none or has not ended. */
export function reapChild(pid: number): ReapedStatus | null {
  const result = checked(libc.wait4(pid, status, WNOHANG, usage))
  if (result !== pid) return null
  const microseconds =
    Number((usage[0] ?? 0n) + (usage[2] ?? 0n)) * 1e6 + Number((usage[1] ?? 0n) + (usage[3] ?? 0n))
  const maxRssBytes = Number(usage[4] ?? 0n) * 1024
  return {
    ...parseWaitStatus(status[0] ?? 0),
    cpuMs: Math.round(microseconds / 1000),
    maxRssBytes: maxRssBytes > process.resourceUsage().maxRSS * 1024 ? maxRssBytes : null,
  }
}
