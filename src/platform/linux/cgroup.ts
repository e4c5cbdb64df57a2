import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno } from '../files/errno.ts'
import { isFeatureEnabled } from './features.ts'

/**
 * A cgroup (v2) per run, where one can be made: by root, and by users whose session has a delegated one. It is
 * membership that nobody loses by forking, leaving the session or closing everything, and that outlives both hands.
 */

/** All runs' groups lie in one, so that what is ours is seen at a glance. */
const PARENT = 'fettle'

/** Own group of this process in the v2 hierarchy, null where there is none or we may not look. */
export function ownCgroup(): string | null {
  if (!isFeatureEnabled('cgroup')) return null
  try {
    const path = parseOwnCgroup(readFileSync('/proc/self/cgroup', 'utf8'))
    const mount = parseCgroupMount(readFileSync('/proc/self/mountinfo', 'utf8'))
    return path === null || mount === null ? null : join(mount, path)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES')) return null
    throw error
  }
}

/** `0::/user.slice/x` → `/user.slice/x`. One outside our namespace (`/../…`) cannot be reached. */
export function parseOwnCgroup(text: string): string | null {
  const path = /^0::(\/.*)$/m.exec(text)?.[1]
  return path === undefined || path.startsWith('/..') ? null : path
}

/** Mount point of the v2 hierarchy, by itself or beside v1. */
export function parseCgroupMount(mountinfo: string): string | null {
  for (const line of mountinfo.split('\n')) {
    const [fields = '', source = ''] = line.split(' - ')
    if (source.startsWith('cgroup2 ')) return fields.split(' ')[4] ?? null
  }
  return null
}

/** Makes the group `fettle/NAME` below our own; null where that is not allowed. */
export function makeCgroup(name: string): string | null {
  const own = ownCgroup()
  if (own === null) return null
  const path = join(own, PARENT, name)
  try {
    mkdirSync(path, { recursive: true })
    return path
  } catch (error) {
    if (isErrno(error, 'EACCES', 'EPERM', 'EROFS', 'ENOENT', 'EOPNOTSUPP', 'EAGAIN', 'ENOSPC', 'EINVAL'))
      return null
    throw error
  }
}

/** Moves this process into the group; false when the kernel refuses it. */
export function enterCgroup(path: string): boolean {
  try {
    writeFileSync(join(path, 'cgroup.procs'), '0')
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}

/** Everyone in the group and in groups below it; pids of other namespaces are left out. */
export function listCgroup(path: string): number[] {
  const pids: number[] = []
  try {
    for (const line of readFileSync(join(path, 'cgroup.procs'), 'latin1').split('\n')) {
      if (line !== '' && line !== '0') pids.push(Number(line))
    }
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) pids.push(...listCgroup(join(path, entry.name)))
    }
  } catch (error) {
    // Removed meanwhile: nobody is in it. EOPNOTSUPP: the run made it a threaded group.
    if (!isErrno(error, 'ENOENT', 'ENODEV', 'EOPNOTSUPP')) throw error
  }
  return pids
}

/** SIGKILL to everyone in it at once, nobody forks away (Linux 5.14). */
export function killCgroup(path: string): void {
  try {
    writeFileSync(join(path, 'cgroup.kill'), '1')
  } catch (error) {
    // Older kernels have no such file: the ladder's own signals do it.
    if (!isErrno(error, 'ENOENT', 'ENODEV', 'EACCES', 'EINVAL', 'EOPNOTSUPP')) throw error
  }
}

/** Removes the group and those the run made below it; one that is in use stays. */
export function removeCgroup(path: string): void {
  try {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) removeCgroup(join(path, entry.name))
    }
    rmdirSync(path)
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'EBUSY', 'ENOTEMPTY', 'EACCES', 'ENODEV')) throw error
  }
}

/** Removes the groups' common parent when no run of any home has one any more. */
export function removeCgroupParent(): void {
  const own = ownCgroup()
  if (own === null) return
  try {
    rmdirSync(join(own, PARENT))
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'EBUSY', 'ENOTEMPTY', 'EACCES', 'EPERM', 'EROFS')) throw error
  }
}
