import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { FettleError } from '../../core/errors.ts'
import type { Job } from '../../core/job/job.ts'
import { isJobId } from '../../core/job/job-id.ts'
import { redactArgv } from '../../core/redact/redact-argv.ts'
import { resolveSelectors, resolveSingle } from '../../core/job/selector.ts'
import { isErrno } from '../../platform/files/errno.ts'
import { toJobView } from '../../protocol/api/job-view.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import { jobFile, runDir, runPaths } from '../../store/layout.ts'
import type { Home } from '../../store/layout.ts'
import { measureOutput } from '../../store/output/segments.ts'
import { readJob } from '../../store/run-files/job.ts'
import { readOutcome } from '../../store/run-files/outcome.ts'
import { readState } from '../../store/run-files/state.ts'

/** A record that cannot be read: set aside and told, alone. */
export interface DamagedJob {
  readonly id: string
  readonly why: string
}

export interface JobList {
  /** Oldest first. */
  readonly jobs: readonly JobView[]
  readonly damaged: readonly DamagedJob[]
}

type Place = Pick<Home, 'state'>

export function listJobs(home: Place): JobList {
  const jobs: JobView[] = []
  const damaged: DamagedJob[] = []
  for (const id of jobIds(home)) {
    try {
      const view = readJobView(home, id)
      if (view !== null) jobs.push(view)
    } catch (error) {
      if (!(error instanceof FettleError)) throw error
      damaged.push({ id, why: error.message })
    }
  }
  jobs.sort((a, b) => a.createdAtMs - b.createdAtMs)
  return { jobs, damaged }
}

/** Null when the job has gone between listing and reading. */
export function readJobView(home: Place, id: string): JobView | null {
  const job = readJob(jobFile(home, id))
  return job === null ? null : toView(home, job)
}

function toView(home: Place, job: Job): JobView {
  const { state, outcome, output } = runPaths(runDir(home, job.id, job.runs))
  const out = measureOutput(output, 'out')
  const err = job.spec.split ? measureOutput(output, 'err') : { bytes: 0, droppedBytes: 0 }
  return toJobView({
    // what stands behind `--token` is told by its neighbour: arguments are redacted together
    job: { ...job, spec: { ...job.spec, argv: redactArgv(job.spec.argv) } },
    state: job.runs === 0 ? null : readState(state),
    outcome: job.runs === 0 ? null : readOutcome(outcome),
    output: { bytes: out.bytes + err.bytes, droppedBytes: out.droppedBytes + err.droppedBytes },
    redact: (text) => text,
  })
}

function jobIds(home: Place): string[] {
  try {
    return readdirSync(join(home.state, 'jobs')).filter(isJobId)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return []
    throw error
  }
}

/** The one job a selector means. A whole id reads one record instead of all. */
export function findJob(home: Place, selector: string, owner: string): JobView {
  if (isJobId(selector)) {
    const view = readJobView(home, selector)
    if (view !== null) return view
  }
  return resolveSingle(selector, { jobs: listJobs(home).jobs, owner })
}

export function findJobs(home: Place, selectors: readonly string[], owner: string): JobView[] {
  if (selectors.every(isJobId)) {
    const views = selectors.map((id) => readJobView(home, id))
    const found = views.filter((view) => view !== null)
    if (found.length === selectors.length) return found
  }
  return resolveSelectors({ selectors, jobs: listJobs(home).jobs, owner })
}
