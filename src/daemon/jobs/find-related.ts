import { isJobId } from '../../core/job/job-id.ts'
import { isOver, type JobEntry, type JobTable } from './job-table.ts'

/** A job of the same owner by id or name; of several of one name the living one, else the newest. */
export function findRelated(jobs: JobTable, idOrName: string, owner: string): JobEntry | undefined {
  if (isJobId(idOrName)) {
    const entry = jobs.get(idOrName)
    return entry?.job.owner === owner ? entry : undefined
  }
  return findByName(jobs, idOrName, owner)
}

export function findByName(jobs: JobTable, name: string, owner: string): JobEntry | undefined {
  const named = jobs.all().filter(({ job }) => job.name === name && job.owner === owner)
  return named.find((entry) => !isOver(entry)) ?? named.at(-1)
}
