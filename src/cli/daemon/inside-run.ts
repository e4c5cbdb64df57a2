import { existsSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { readProcStat } from '../../platform/linux/processes.ts'
import type { Home } from '../../store/layout.ts'

/**
 * The run of this home that this command was typed in (`ID.N`), or null. What is started from in there would belong to
 * the run and end with it, so nothing of this home is: the keeper is a subreaper, and no double fork leads out.
 */
export function findEnclosingRun(home: Pick<Home, 'state'>): string | null {
  return runOfEnvironment(home, process.env['FETTLE_RUN'] ?? '') ?? runOfAncestors(home)
}

function runOfEnvironment(home: Pick<Home, 'state'>, run: string): string | null {
  const match = /^(proc_[0-9a-f]{12})[./](\d+)$/.exec(run)
  if (match === null) return null
  const [, id = '', n = ''] = match
  return existsSync(join(home.state, 'jobs', id, 'runs', n)) ? `${id}.${n}` : null
}

function runOfAncestors(home: Pick<Home, 'state'>): string | null {
  const jobs = join(home.state, 'jobs') + sep
  // the limit is against a table that changes under the walk
  for (let pid = process.ppid, steps = 0; pid > 1 && steps < 1000; steps += 1) {
    const stat = readProcStat(pid)
    if (stat === null) return null
    const dir = keeperDir(pid)
    if (dir?.startsWith(jobs) === true) return dir.slice(jobs.length).replace(`${sep}runs${sep}`, '.')
    pid = stat.ppid
  }
  return null
}

/** The run's folder when the process is a keeper: `fettle __keeper DIR MODE`. */
function keeperDir(pid: number): string | null {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    const at = words.indexOf('__keeper')
    return at === 1 || at === 2 ? (words[at + 1] ?? null) : null
  } catch {
    // ended meanwhile, or another user's: no keeper of ours
    return null
  }
}
