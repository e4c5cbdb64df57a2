import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootId } from '../../src/platform/clock.ts'
import { signalIdentity } from '../../src/platform/linux/pidfd.ts'
import { listProcesses, type ProcessStat } from '../../src/platform/linux/processes.ts'
import { SIGKILL } from '../../src/platform/linux/signals.ts'

const ENDS_WITHIN_MS = 60_000
const LOOK_EVERY_MS = 20

/**
 * Everything of one run of the benchmark lies in one folder, and everything it starts has that folder in its
 * environment. So nothing can be left: whoever names the folder is ended, then the folder goes.
 */
export class Scratch {
  readonly dir: string
  private folders = 0

  constructor() {
    // Short: socket paths under it must stay below 108 bytes.
    this.dir = mkdtempSync(join(tmpdir(), 'fb-'))
  }

  /** A new folder. */
  folder(): string {
    const path = join(this.dir, String(this.folders++))
    mkdirSync(path, { mode: 0o700 })
    return path
  }

  /** What a process of the benchmark is started with, and nothing of the caller's own. */
  env(folder: string): Record<string, string> {
    return {
      PATH: `/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      HOME: folder,
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      FETTLE_BENCH: `${folder}/`,
    }
  }

  /** Ends whatever names the folder, and again until nothing does: a supervisor answers a kill with a new process. */
  async end(folder = this.dir): Promise<void> {
    const endsAt = performance.now() + ENDS_WITHIN_MS
    for (let left = findByFolder(folder); left.length > 0; left = findByFolder(folder)) {
      if (performance.now() > endsAt) throw new Error(`cannot end ${left.map(({ pid }) => pid).join(', ')}`)
      for (const { pid, startTicks } of left.toSorted(bySupervisorsFirst)) {
        signalIdentity({ bootId: bootId(), pid, startTicks }, SIGKILL)
      }
      await Bun.sleep(LOOK_EVERY_MS)
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

function findByFolder(folder: string): ProcessStat[] {
  return listProcesses().filter(
    ({ pid, state }) => pid !== process.pid && state !== 'Z' && readEnviron(pid).includes(`${folder}/`),
  )
}

/** Older processes are the supervisors: without them nothing is started again. */
function bySupervisorsFirst(a: ProcessStat, b: ProcessStat): number {
  return a.startTicks - b.startTicks || a.pid - b.pid
}

function readEnviron(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1')
  } catch {
    return '' // ended meanwhile, or another user's
  }
}
