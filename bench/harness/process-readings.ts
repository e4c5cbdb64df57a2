import { readFileSync, readdirSync } from 'node:fs'

/** CPU time and context switches. */
export interface Work {
  readonly cpuMs: number
  readonly switches: number
}

/** Work of each thread so far, by process and thread. */
export type WorkReading = ReadonlyMap<string, Work>

export function readWork(pids: readonly number[]): WorkReading {
  const reading = new Map<string, Work>()
  for (const pid of pids) {
    for (const task of listTasks(pid)) {
      const path = `${pid}/task/${task}`
      const cpuNs = Number(readProc(`${path}/schedstat`).split(' ')[0] ?? 0)
      const counts = readProc(`${path}/status`).matchAll(/^(?:non)?voluntary_ctxt_switches:\s+(\d+)/gm)
      const switches = [...counts].reduce((sum, match) => sum + Number(match[1]), 0)
      reading.set(path, { cpuMs: cpuNs / 1e6, switches })
    }
  }
  return reading
}

const NOTHING: WorkReading = new Map()

/** What was done between two readings; since its start for a thread that the first one does not have. */
export function workBetween(before: WorkReading, after: WorkReading): Work {
  let cpuMs = 0
  let switches = 0
  for (const [task, work] of after) {
    cpuMs += work.cpuMs - (before.get(task)?.cpuMs ?? 0)
    switches += work.switches - (before.get(task)?.switches ?? 0)
  }
  return { cpuMs, switches }
}

/** What living processes have done since their start. Threads that have ended are missing. */
export function workSinceStart(pids: readonly number[]): Work {
  return workBetween(NOTHING, readWork(pids))
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
