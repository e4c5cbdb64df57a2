import { mkdirSync, renameSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { isJobId } from '../../core/job/job-id.ts'
import type { Job } from '../../core/job/job.ts'
import { bootId } from '../../platform/clock.ts'
import { readTextFile, writeAtomic } from '../../platform/files/write-atomic.ts'
import { isAlive } from '../../platform/linux/processes.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import { jobFile, runDir, runPaths } from '../../store/layout.ts'
import { listGuardedRuns } from '../../store/run-files/guarded-runs.ts'
import { writeJob } from '../../store/run-files/job.ts'
import { readState } from '../../store/run-files/state.ts'
import type { Cli } from '../cli.ts'
import { connectDaemon, findDaemon } from '../daemon/connect-daemon.ts'
import { restartDaemon } from '../daemon/restart-daemon.ts'
import type { DamagedRecord } from '../../store/run-files/list-jobs.ts'
import type { Finding, Repair } from './finding.ts'
import { remakeJob } from './remake-job.ts'

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

/**
 * Records that cannot be read. A job's own record is made again from its run's spec and the events; else its folder is
 * set aside, alone, and nothing of it is deleted. Never while a run of it lives: its keeper writes the end there.
 */
export function checkRecords(cli: Cli, damaged: readonly DamagedRecord[]): Finding[] {
  const jobs = join(cli.home.state, 'jobs')
  const guarded = new Set(listGuardedRuns(cli.home).map(({ id }) => id))
  return damaged.map(({ path, why }): Finding => {
    const id = relative(jobs, path).split(sep)[0] ?? ''
    const finding = { level: 'problem', check: 'records', text: `${path}: ${why}` } as const
    const job = path === jobFile(cli.home, id) && isJobId(id) ? remakeJob(cli.home, id) : null
    if (job !== null) return { ...finding, repair: remaking(cli, path, job) }
    if (guarded.has(id))
      return { ...finding, text: `${finding.text}; a run of it lives, so it is left alone` }
    return { ...finding, repair: settingAside(cli, id) }
  })
}

function remaking(cli: Cli, path: string, job: Job): Repair {
  return {
    plan: `make ${path} again, of run ${job.runs} of "${job.name ?? job.id}" of ${job.owner}; labels are not known any more`,
    run: async () => {
      const broken = readTextFile(path)
      if (broken !== null) writeAtomic(`${path}.damaged`, broken)
      writeJob(path, job)
      using client = await findDaemon(cli)
      if (client !== null) await restartDaemon(cli)
      return `${path} is made again; what was there is in ${path}.damaged`
    },
  }
}

function settingAside(cli: Cli, name: string): Repair {
  const from = join(cli.home.state, 'jobs', name)
  const aside = join(cli.home.state, 'damaged')
  return {
    plan: `set ${from} aside in ${aside}`,
    run: async () => {
      mkdirSync(aside, { recursive: true, mode: 0o700 })
      const target = join(aside, `${name}-${Date.now()}`)
      renameSync(from, target)
      return await Promise.resolve(`${name} is now ${target}`)
    },
  }
}
