import { readFileSync } from 'node:fs'
import { listProcesses } from '../../src/platform/linux/processes.ts'

/** Fettle's own processes of one home, as they are now. */
export interface HomeProcesses {
  readonly anchor: number | null
  readonly daemon: number | null
  readonly keepers: readonly number[]
  readonly all: readonly number[]
}

export function findHomeProcesses(dir: string): HomeProcesses {
  let anchor: number | null = null
  let daemon: number | null = null
  const keepers: number[] = []
  for (const { pid, state } of listProcesses()) {
    if (state === 'Z') continue
    const verb = readNul(pid, 'cmdline').find((part) => part.startsWith('__'))
    if (verb === undefined || !readNul(pid, 'environ').includes(`FETTLE_BENCH=${dir}/`)) continue
    if (verb === '__anchor') anchor = pid
    else if (verb === '__daemon') daemon = pid
    else keepers.push(pid)
  }
  const hands = [anchor, daemon].filter((pid) => pid !== null)
  return { anchor, daemon, keepers, all: [...hands, ...keepers] }
}

function readNul(pid: number, name: 'cmdline' | 'environ'): string[] {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1').split('\0')
  } catch {
    return [] // ended meanwhile, or another user's
  }
}
