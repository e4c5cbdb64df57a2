import { readProcStat } from '../../platform/linux/processes.ts'
import type { JobView } from '../../protocol/api/job-view.ts'

/**
 * Where the kernel says something else than the record: a run that is recorded as alive and whose first process is
 * gone. The record is not touched; whoever owns it will find out how it ended.
 */
export function findRemarks(jobs: readonly JobView[]): ReadonlyMap<string, string> {
  const remarks = new Map<string, string>()
  if (process.platform !== 'linux') return remarks
  for (const job of jobs) {
    const { run } = job
    if (job.outcome !== null || run === null || run.pid === null || run.startTicks === null) continue
    const stat = readProcStat(run.pid)
    if (stat === null || stat.startTicks !== run.startTicks) remarks.set(job.id, 'gone, end not known yet')
    else if (stat.state === 'T') remarks.set(job.id, `${job.state} (frozen)`)
  }
  return remarks
}
