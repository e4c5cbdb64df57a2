import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { bootId } from '../../src/platform/clock.ts'
import { signalIdentity } from '../../src/platform/linux/pidfd.ts'
import { descendantsOf, listProcesses, type ProcessStat } from '../../src/platform/linux/processes.ts'
import { SIGKILL } from '../../src/platform/linux/signals.ts'

export interface HomeProcess {
  readonly pid: number
  readonly startTicks: number
  readonly command: string
}

/** In the environment of everything that is started in a test home. */
export const HOME_MARK = 'FETTLE_TEST_HOME'

/**
 * Everyone alive who belongs to the home: named in its arguments or environment, a file of it open or its folder as
 * working directory, or a descendant of such a one. A zombie has ended.
 */
export function findHomeProcesses(dir: string): HomeProcess[] {
  const all = listProcesses()
  const self = selfAndAncestors(all)
  const roots = new Map(
    all.filter(({ pid }) => !self.has(pid) && belongsTo(pid, dir)).map((stat) => [stat.pid, stat]),
  )
  for (const stat of descendantsOf(new Set(roots.keys()), all)) roots.set(stat.pid, stat)
  return [...roots.values()].filter(({ state }) => state !== 'Z' && state !== 'X').map(toHomeProcess)
}

/** SIGKILL to exactly this process. */
export function killProcess({ pid, startTicks }: HomeProcess): void {
  signalIdentity({ bootId: bootId(), pid, startTicks }, SIGKILL)
}

function toHomeProcess({ pid, startTicks, command }: ProcessStat): HomeProcess {
  return { pid, startTicks, command: readText(pid, 'cmdline').replaceAll('\0', ' ').trim() || `[${command}]` }
}

function selfAndAncestors(all: readonly ProcessStat[]): Set<number> {
  const parents = new Map(all.map(({ pid, ppid }) => [pid, ppid]))
  const found = new Set<number>()
  for (let pid = process.pid; pid > 0 && !found.has(pid); pid = parents.get(pid) ?? 0) found.add(pid)
  return found
}

function belongsTo(pid: number, dir: string): boolean {
  if (readText(pid, 'cmdline').includes(`${dir}/`)) return true
  if (readText(pid, 'environ').includes(`${HOME_MARK}=${dir}\0`)) return true
  return linksOf(pid).some((link) => link === dir || link.startsWith(`${dir}/`))
}

function readText(pid: number, name: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch {
    return '' // ended meanwhile, or another user's
  }
}

function linksOf(pid: number): string[] {
  const readLink = (name: string): string => {
    try {
      return readlinkSync(`/proc/${pid}/${name}`)
    } catch {
      return '' // ended or closed meanwhile, or another user's
    }
  }
  try {
    return ['cwd', ...readdirSync(`/proc/${pid}/fd`).map((fd) => `fd/${fd}`)].map(readLink)
  } catch {
    return [] // ended meanwhile, or another user's
  }
}
