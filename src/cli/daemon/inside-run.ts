import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readProcStat } from '../../platform/linux/processes.ts'
import { runDir, runPaths, type Home } from '../../store/layout.ts'
import { listJobs } from '../../store/run-files/list-jobs.ts'
import { readState } from '../../store/run-files/state.ts'

/**
 * The run of this home that this command was typed in (`ID.N`), or null. What is started from in there would belong to
 * the run and end with it, so nothing of this home is: the keeper is a subreaper, and no double fork leads out.
 */
export function findEnclosingRun(home: Pick<Home, 'state' | 'hostId'>): string | null {
  return runOfEnvironment(home, process.env['FETTLE_RUN'] ?? '') ?? runOfAncestors(home)
}

function runOfEnvironment(home: Pick<Home, 'state'>, run: string): string | null {
  const match = /^(proc_[0-9a-f]{12})[./](\d+)$/.exec(run)
  if (match === null) return null
  const [, id = '', n = ''] = match
  return existsSync(join(home.state, 'jobs', id, 'runs', n)) ? `${id}.${n}` : null
}

function runOfAncestors(home: Pick<Home, 'state' | 'hostId'>): string | null {
  // the limit is against a table that changes under the walk
  for (let pid = process.ppid, steps = 0; pid > 1 && steps < 1000; steps += 1) {
    const stat = readProcStat(pid)
    if (stat === null) return null
    const run = isKeeper(pid) ? runKeptBy(home, { pid, startTicks: stat.startTicks }) : null
    if (run !== null) return run
    pid = stat.ppid
  }
  return null
}

/** A keeper may have been started before it had a run, so its arguments do not say which: the run's state does. */
function runKeptBy(
  home: Pick<Home, 'state' | 'hostId'>,
  keeper: { pid: number; startTicks: number },
): string | null {
  for (const { id, runs } of listJobs(home).jobs) {
    const state = runs === 0 ? null : readState(runPaths(runDir(home, id, runs)).state)
    if (state?.keeper?.pid === keeper.pid && state.keeper.startTicks === keeper.startTicks)
      return `${id}.${runs}`
  }
  return null
}

function isKeeper(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').indexOf('__keeper') > 0
  } catch {
    // ended meanwhile, or another user's: no keeper of ours
    return false
  }
}
