import { readFileSync, readdirSync } from 'node:fs'

/** CPU time and context switches of a process, all its threads together. Threads that have ended are missing. */
export interface Work {
  readonly cpuMs: number
  readonly switches: number
}

export function readWork(pids: readonly number[]): Work {
  let cpuNs = 0
  let switches = 0
  for (const pid of pids) {
    for (const task of listTasks(pid)) {
      cpuNs += Number(readProc(`${pid}/task/${task}/schedstat`).split(' ')[0] ?? 0)
      const status = readProc(`${pid}/task/${task}/status`)
      for (const match of status.matchAll(/^(?:non)?voluntary_ctxt_switches:\s+(\d+)/gm)) {
        switches += Number(match[1])
      }
    }
  }
  return { cpuMs: cpuNs / 1e6, switches }
}

/** What was done between two readings. */
export function workBetween(before: Work, after: Work): Work {
  return { cpuMs: after.cpuMs - before.cpuMs, switches: after.switches - before.switches }
}

/** Memory of a process. `private` is what would be free if it ended; `pss` counts shared pages by their sharers. */
export interface Memory {
  readonly privateBytes: number
  readonly rssBytes: number
  readonly pssBytes: number
}

export function readMemory(pid: number): Memory {
  const text = readProc(`${pid}/smaps_rollup`)
  const sum = (pattern: RegExp): number =>
    [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]) * 1024, 0)
  return {
    privateBytes: sum(/^Private_(?:Clean|Dirty):\s+(\d+) kB/gm),
    rssBytes: sum(/^Rss:\s+(\d+) kB/gm),
    pssBytes: sum(/^Pss:\s+(\d+) kB/gm),
  }
}

export function countDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

export function countThreads(pid: number): number {
  return listTasks(pid).length
}

function listTasks(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return [] // ended meanwhile
  }
}

function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'latin1')
  } catch {
    return '' // ended meanwhile
  }
}
