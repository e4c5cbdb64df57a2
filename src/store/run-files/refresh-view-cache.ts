import { setImmediate } from 'node:timers/promises'
import { basename } from 'node:path'
import { nowMs } from '../../platform/clock.ts'
import { runDir, runPaths, type Home, type StreamName } from '../layout.ts'
import type { Job } from '../../core/job/job.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import { listSegments, measureSegments } from '../output/segments.ts'
import { readJobView } from './job-views.ts'
import { listJobFolders, orDamaged, readListedJob } from './list-jobs.ts'
import {
  freshView,
  readFolderTimes,
  readViewCache,
  type CachedView,
  type SegmentTail,
  writeViewCache,
} from './view-cache.ts'

/**
 * A folder changed this short a time ago may change again without its time showing it: the kernel's clock for files
 * ticks every few ms. Such a job is left for the next round.
 */
const SETTLED_MS = 50
const JOBS_PER_TURN = 25

/**
 * Brings the cache of views up to date; for the daemon, some time after jobs have changed. Reads only what has
 * changed, lets others run in between, and writes nothing when nothing has. True when some job has changed too
 * recently to be kept: ask again a little later.
 */
export async function refreshViewCache(home: Pick<Home, 'state' | 'hostId'>): Promise<boolean> {
  const before = readViewCache(home)
  const entries: CachedView[] = []
  let changed = false
  let unsettled = false
  for (const [i, id] of listJobFolders(home).entries()) {
    if (i % JOBS_PER_TURN === JOBS_PER_TURN - 1) await setImmediate()
    const held = before.get(id)
    if (held !== undefined && freshView(home, held) !== null) {
      entries.push(held)
      continue
    }
    const made = makeEntry(home, id)
    if (made === 'unsettled') unsettled = true
    if (typeof made !== 'object' || made === null) continue
    changed = true
    entries.push(made)
  }
  if (changed || entries.length !== before.size) {
    writeViewCache(home, entries)
  }
  return unsettled
}

/** Null when the job cannot be kept: damaged, gone, or made but not begun, so that no folder would tell of its start. */
function makeEntry(home: Pick<Home, 'state' | 'hostId'>, id: string): CachedView | 'unsettled' | null {
  const before = readListedJob(home, id)
  if (before === null || 'why' in before) return null
  // Times first: a change while the records are read then shows as one.
  const times = readFolderTimes(home, id, before.runs)
  const { output, tails } = readOutputEnd(home, before)
  const job = readListedJob(home, id)
  if (job === null || 'why' in job) return null
  if (times === null || job.runs !== before.runs) return 'unsettled'
  const view = orDamaged(runDir(home, id, job.runs), () => readJobView(home, job))
  if ('why' in view || (job.runs > 0 && view.run === null)) return null
  const newestMs = Math.max(times.jobMs, times.runMs, times.outputMs)
  if (newestMs > nowMs() - SETTLED_MS) return 'unsettled'
  return { view: { ...view, output }, stamp: { ...times, tails } }
}

/** Size of the output and the ends of its newest segments, from one look at each. */
function readOutputEnd(
  home: Pick<Home, 'state'>,
  job: Job,
): { readonly output: JobView['output']; readonly tails: readonly SegmentTail[] } {
  let bytes = 0
  let droppedBytes = 0
  const tails: SegmentTail[] = []
  if (job.runs === 0) return { output: { bytes, droppedBytes }, tails }
  const dir = runPaths(runDir(home, job.id, job.runs)).output
  const streams: readonly StreamName[] = job.spec.split ? ['out', 'err'] : ['out']
  for (const stream of streams) {
    const segments = listSegments(dir, stream)
    const measured = measureSegments(segments)
    bytes += measured.bytes
    droppedBytes += measured.droppedBytes
    const last = segments.at(-1)
    if (last !== undefined && !last.compressed) {
      tails.push({ name: basename(last.path), bytes: last.to - last.from })
    }
  }
  return { output: { bytes, droppedBytes }, tails }
}
