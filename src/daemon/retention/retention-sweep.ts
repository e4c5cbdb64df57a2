import { readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { selectExpired, type FinishedJob, type RetentionLimits } from '../../core/retention/retention.ts'
import { isErrno } from '../../platform/files/errno.ts'
import { nowMs } from '../../platform/clock.ts'
import { jobDir, runDir, runPaths, type Home } from '../../store/layout.ts'
import { compressSegment } from '../../store/output/compress-segment.ts'
import { listSegments } from '../../store/output/segments.ts'
import type { EventHub } from '../events/event-hub.ts'
import { isOver, type JobEntry, type JobTable } from '../jobs/job-table.ts'
import type { DaemonLog } from '../log.ts'
import type { ExpiredIds } from './expired-ids.ts'

export interface RetentionSweepOptions {
  readonly home: Home
  readonly log: DaemonLog
  readonly hub: EventHub
  readonly jobs: JobTable
  readonly limits: RetentionLimits
  readonly expired: ExpiredIds
  /** The job's environment is not needed any more. */
  readonly onExpired: (entry: JobEntry) => void
}

const SOON_MS = 2_000
const EACH_MS = 15 * 60_000
/** Small segments gain nothing. */
const COMPRESS_FROM_BYTES = 64 * 1024
/** A run that has just ended is likely to be read. */
const COMPRESS_AFTER_MS = 60_000

/** Lets finished jobs go by age, count and bytes, counted from their finish, and compresses what stays. */
export class RetentionSweep {
  readonly #options: RetentionSweepOptions
  #timer: ReturnType<typeof setTimeout> | null = null
  #running = false
  #closed = false
  readonly #compressed = new Set<string>()

  constructor(options: RetentionSweepOptions) {
    this.#options = options
    finishRemovals(options.home)
  }

  /** Soon, once for any number of calls. */
  ring(afterMs = SOON_MS): void {
    if (this.#timer !== null || this.#closed) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.sweep()
        .catch((error: unknown) => this.#options.log.error('retention', { error }))
        .finally(() => this.ring(EACH_MS))
    }, afterMs)
  }

  close(): void {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  async sweep(): Promise<void> {
    if (this.#running) return
    this.#running = true
    try {
      this.#letGo()
      await this.#compress()
    } finally {
      this.#running = false
    }
  }

  #letGo(): void {
    const { jobs, limits, hub, expired, home, onExpired } = this.#options
    const entries = jobs.all()
    const over = entries.filter(isOver)
    const told = new Set(
      hub.store.notices
        .owners()
        .flatMap((owner) => hub.store.notices.pending({ owner, limit: 10_000 }))
        .map(({ jobId }) => jobId),
    )
    const finished = over.map((entry): FinishedJob => ({
      id: entry.job.id,
      finishedAtMs: entry.run?.outcome?.endedAtMs ?? null,
      bytes: bytesOf(jobDir(home, entry.job.id)),
      held: told.has(entry.job.id) && isYoung(entry),
    }))
    const choice = selectExpired({ finished, liveJobs: entries.length - over.length, limits, nowMs: nowMs() })
    for (const { id, why } of choice) {
      const entry = jobs.get(id)
      if (entry === undefined) continue
      // Remembered first: an id that is gone says that it expired, and not that it never was.
      expired.add(id)
      removeJob(home, id)
      jobs.remove(id)
      hub.store.watchCursors.removeJob(id)
      onExpired(entry)
      this.#options.log.info('job expired', { id, why })
    }
  }

  async #compress(): Promise<void> {
    const { jobs, home, log } = this.#options
    for (const { job, run } of jobs.all()) {
      for (let n = 1; n <= job.runs; n++) {
        const key = `${job.id}.${n}`
        const outcome = run?.n === n ? run.outcome : null
        const ended = n < job.runs || (outcome !== null && nowMs() - outcome.endedAtMs > COMPRESS_AFTER_MS)
        if (!ended || this.#compressed.has(key) || this.#closed) continue
        const dir = runPaths(runDir(home, job.id, n)).output
        for (const segment of [...listSegments(dir, 'out'), ...listSegments(dir, 'err')]) {
          if (segment.compressed || segment.to - segment.from < COMPRESS_FROM_BYTES) continue
          try {
            await compressSegment(segment)
          } catch (error) {
            // No room, or removed meanwhile: the plain segment stays as it is.
            log.warn('a segment could not be compressed', { path: segment.path, error })
          }
        }
        this.#compressed.add(key)
      }
    }
  }
}

/** An end that was not told yet keeps its job for a week at most. */
function isYoung(entry: JobEntry): boolean {
  const endedAtMs = entry.run?.outcome?.endedAtMs ?? 0
  return nowMs() - endedAtMs < 7 * 24 * 3_600_000
}

/** Out of the way under a hidden name first: whoever lists meanwhile sees it whole or not at all. */
function removeJob(home: Home, id: string): void {
  const hidden = join(home.state, 'jobs', `.expired-${id}`)
  try {
    renameSync(jobDir(home, id), hidden)
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
  }
  rmSync(hidden, { recursive: true, force: true })
}

/** What a daemon that was killed in the midst of it left. */
function finishRemovals(home: Home): void {
  for (const name of readdirSync(join(home.state, 'jobs'))) {
    if (name.startsWith('.expired-')) rmSync(join(home.state, 'jobs', name), { recursive: true, force: true })
  }
}

function bytesOf(dir: string): number {
  let bytes = 0
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0
  }
  return bytes
}
