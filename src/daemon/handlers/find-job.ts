import { existsSync } from 'node:fs'
import { isJobId } from '../../core/job/job-id.ts'
import { FettleError } from '../../core/errors.ts'
import { resolveSingle } from '../../core/job/selector.ts'
import type { ApiMethod } from '../../protocol/api/methods.ts'
import type { Peer } from '../transport/peer.ts'
import type { DaemonParts } from '../daemon-parts.ts'
import { jobDir } from '../../store/layout.ts'
import { checkOwner, type Caller } from '../jobs/callers.ts'
import { toSelectable, type JobEntry } from '../jobs/job-table.ts'
import type { RunGuard } from '../runs/run-guard.ts'

export interface FindJobOptions {
  readonly selector: string
  readonly owner: string | undefined
  readonly peer: Peer
  readonly access: ApiMethod['access']
}

/** The one job a selector means. Names of the caller's own owner come first. */
export function findJob(parts: DaemonParts, options: FindJobOptions): { entry: JobEntry; caller: Caller } {
  const { jobs, callers, config } = parts
  const caller = callers.of(options.peer)
  const owner = options.owner ?? caller.inside?.owner
  const entry = select(parts, options.selector, owner)
  if (options.access === 'act') checkOwner(caller, entry.job, config.runPermission)
  return { entry: jobs.get(entry.job.id) ?? entry, caller }
}

function select(parts: DaemonParts, selector: string, owner: string | undefined): JobEntry {
  const selectable = parts.jobs.all().map(toSelectable)
  try {
    return resolveSingle(selector, { jobs: selectable, ...(owner === undefined ? {} : { owner }) }).entry
  } catch (error) {
    throw explainExpired(parts, selector, error)
  }
}

/** An id that was there once is not one that never was. */
export function explainExpired(parts: DaemonParts, selector: string, error: unknown): unknown {
  if (!(error instanceof FettleError) || error.code !== 'job_not_found') return error
  const id = selector.startsWith('proc_') ? selector : `proc_${selector}`
  if (isJobId(id) && existsSync(jobDir(parts.home, id))) {
    return new FettleError('store_damaged', `Job ${id} is there, but its records could not be read`, {
      hint: '"fettle doctor" says why; "fettle doctor --fix" makes them again where it can.',
      data: { id },
    })
  }
  if (!parts.expired.has(id)) return error
  return new FettleError(
    'job_expired',
    `Job ${id} has expired: it finished and was let go by age, number or size`,
    {
      hint: '[retention] in config.toml says how long jobs are kept (age, jobs, bytes).',
      data: { id },
    },
  )
}

/** The living run of a job, or `job_not_running`. */
export function mustRun(parts: DaemonParts, entry: JobEntry): RunGuard {
  const guard = parts.runs.guard(entry.job.id)
  if (guard !== null) return guard
  throw new FettleError('job_not_running', `Job ${entry.job.name ?? entry.job.id} has no run that lives`, {
    data: { jobId: entry.job.id },
  })
}
