import { writeFileSync } from 'node:fs'
import { checked, libc } from './libc.ts'
import { RLIMIT_NOFILE } from './constants.ts'
import { isFeatureEnabled } from './features.ts'

const PR_SET_CHILD_SUBREAPER = 36

/** Orphans among our descendants become our children instead of init's. */
export function becomeSubreaper(): boolean {
  return isFeatureEnabled('subreaper') && checked(libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)) >= 0
}

/** Name shown by `ps` and `top`, 15 bytes. */
export function setProcessName(name: string): void {
  writeFileSync('/proc/self/comm', name.slice(0, 15))
}

export type OpenFilesLimit = readonly [soft: number, hard: number]

/** Sets and gives back the previous limit of open files; `pid` 0 is this process. null when refused. */
export function setOpenFilesLimit(pid: number, limit: OpenFilesLimit | null): OpenFilesLimit | null {
  const before = new BigUint64Array(2)
  const wanted = limit === null ? null : new BigUint64Array([BigInt(limit[0]), BigInt(limit[1])])
  if (checked(libc.prlimit(pid, RLIMIT_NOFILE, wanted, before)) < 0) return null
  return [Number(before[0] ?? 0n), Number(before[1] ?? 0n)]
}

export function setNice(pid: number, nice: number): boolean {
  return checked(libc.setpriority(0, pid, nice)) >= 0
}

/** The kernel takes a run before its keeper when memory ends. Raising needs no right. */
export function setOomScore(pid: number, score: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(score))
  } catch {
    // Ended already, or its memory is not ours to rate: then the kernel's own choice stands.
  }
}
