import { mkdirSync, renameSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { bootId } from '../../platform/clock.ts'
import { isAlive } from '../../platform/linux/processes.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import { runDir, runPaths } from '../../store/layout.ts'
import { readState } from '../../store/run-files/state.ts'
import type { Cli } from '../cli.ts'
import { connectDaemon } from '../daemon/connect-daemon.ts'
import type { DamagedRecord } from '../../store/run-files/list-jobs.ts'
import type { Finding } from './finding.ts'

/** Runs that are recorded as alive, without the process that guards them. */
export function checkRuns(cli: Cli, jobs: readonly JobView[]): Finding[] {
  const live = jobs.filter((job) => job.outcome === null && job.run !== null)
  const problems = live.flatMap((job) => checkRun(cli, job))
  return [
    { level: 'ok', check: 'runs', text: `${live.length - problems.length} live runs have their guard` },
    ...problems,
  ]
}

function checkRun(cli: Cli, job: JobView): Finding[] {
  const what = job.name ?? job.id
  const n = job.run?.n ?? 1
  const state = readState(runPaths(runDir(cli.home, job.id, n)).state)
  if (state === null || (state.keeper !== null && isAlive(state.keeper))) return []
  const text =
    state.bootId === bootId()
      ? `the guard of ${what} (run ${n}) is gone, ${state.leader !== null && isAlive(state.leader) ? 'its process lives' : 'and so is its process'}`
      : `${what} (run ${n}) is of an earlier boot and has no recorded end`
  return [
    {
      level: 'problem',
      check: 'runs',
      text,
      repair: {
        plan: `have the daemon take run ${n} of ${what} up again, or record how it ended`,
        run: async () => {
          using client = await connectDaemon(cli)
          const { job: now } = await client.call('getJob', { params: { job: job.id } })
          return `${what}: ${now.state}`
        },
      },
    },
  ]
}

/** Records that cannot be read: the job's folder is set aside, alone, and nothing of it is deleted. */
export function checkRecords(cli: Cli, damaged: readonly DamagedRecord[]): Finding[] {
  const jobs = join(cli.home.state, 'jobs')
  return damaged.map(({ path, why }) => {
    const name = relative(jobs, path).split(sep)[0] ?? ''
    return {
      level: 'problem',
      check: 'records',
      text: `${path}: ${why}`,
      repair: {
        plan: `set ${join(jobs, name)} aside in ${join(cli.home.state, 'damaged')}`,
        run: async () => {
          const aside = join(cli.home.state, 'damaged')
          mkdirSync(aside, { recursive: true, mode: 0o700 })
          const target = join(aside, `${name}-${Date.now()}`)
          renameSync(join(jobs, name), target)
          return await Promise.resolve(`${name} is now ${target}`)
        },
      },
    }
  })
}
