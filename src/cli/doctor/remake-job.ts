import { join } from 'node:path'
import { FettleError } from '../../core/errors.ts'
import { textOf } from '../../core/events/event-data.ts'
import { JOB_FORMAT, type Job } from '../../core/job/job.ts'
import { NO_RESTARTS } from '../../core/restart/restart-policy.ts'
import { namesIn } from '../../platform/files/names-in.ts'
import { openEventsForReading } from '../../store/events/open-events-for-reading.ts'
import { jobDir, runDir, runPaths, type Home } from '../../store/layout.ts'
import { readSpec } from '../../store/run-files/spec.ts'

/**
 * A job's record as far as the rest tells: the spec of its newest run, and from the events its name, owner and task.
 * Null when one of them is not there: a job of a guessed owner would be a stranger's.
 */
export function remakeJob(home: Pick<Home, 'state' | 'hostId'>, id: string): Job | null {
  const runs = Math.max(0, ...runNumbers(join(jobDir(home, id), 'runs')))
  try {
    const spec = runs === 0 ? null : readSpec(runPaths(runDir(home, id, runs)).spec)
    const known = spec === null ? null : readKnown(home, id)
    if (spec === null || known === null) return null
    return {
      format: JOB_FORMAT,
      hostId: home.hostId,
      id,
      ...known,
      labels: {},
      desired: 'running',
      runs,
      spec,
      restart: NO_RESTARTS,
      notify: { onExit: spec.notify, watchDisabled: false },
    }
  } catch (error) {
    // The spec, or the log of events, cannot be read either.
    if (error instanceof FettleError) return null
    throw error
  }
}

type Known = Pick<Job, 'name' | 'owner' | 'task' | 'createdAtMs'>

function readKnown(home: Pick<Home, 'state'>, id: string): Known | null {
  using reader = openEventsForReading(home)
  const kinds = ['job_created', 'owner_changed'] as const
  const { events } = reader.read({ afterSeq: 0, limit: 1_000, jobId: id, kinds })
  const created = events.find(({ kind }) => kind === 'job_created')
  const moved = events.findLast(({ kind }) => kind === 'owner_changed')
  if (created === undefined) return null
  const { data, atMs } = created
  const owner = (moved === undefined ? null : textOf(moved.data, 'to')) ?? textOf(data, 'owner')
  if (owner === null) return null
  return { name: textOf(data, 'name'), owner, task: textOf(data, 'task'), createdAtMs: atMs }
}

function runNumbers(dir: string): number[] {
  return namesIn(dir)
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map(Number)
}
