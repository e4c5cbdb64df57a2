import { readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
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

/** After so long the event loop turns: removing hundreds of folders must not hold up the API. */
const SLICE_MS = 5

/** Lets finished jobs go by age, count and bytes, counted from their finish, and compresses what stays. */
export class RetentionSweep {
  readonly #options: RetentionSweepOptions
  #timer: ReturnType<typeof setTimeout> | null = null
  /** When the timer rings, as performance.now() counts. */
  #dueMs = Number.POSITIVE_INFINITY
  #running = false
  #closed = false
  readonly #compressed = new Set<string>()
  /** Size on disk by run: that of an ended one changes only when it is compressed. */
  #bytes = new Map<string, number>()

  constructor(options: RetentionSweepOptions) {
    this.#options = options
    finishRemovals(options.home)
  }

  /** Soon, once for any number of calls; the next regular time does not stand in the way. */
  ring(afterMs = SOON_MS): void {
    const dueMs = performance.now() + afterMs
    if (this.#closed || this.#dueMs <= dueMs) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#dueMs = dueMs
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#dueMs = Number.POSITIVE_INFINITY
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
      await this.#letGo()
      await this.#compress()
    } finally {
      this.#running = false
    }
  }

  async #letGo(): Promise<void> {
    const { jobs, limits } = this.#options
    const entries = jobs.all()
    const over = entries.filter(isOver)
    const untold = this.untold()
    const known = this.#bytes
    this.#bytes = new Map()
    const finished = over.map((entry): FinishedJob => ({
      id: entry.job.id,
      finishedAtMs: entry.run?.outcome?.endedAtMs ?? null,
      bytes: this.#measure(entry, known),
      held: untold.has(entry.job.id),
    }))
    const choice = selectExpired({ finished, liveJobs: entries.length - over.length, limits, nowMs: nowMs() })
    let sliceEndsMs = performance.now() + SLICE_MS
    for (const { id, why } of choice) {
      if (performance.now() > sliceEndsMs) {
        await nextTurn()
        sliceEndsMs = performance.now() + SLICE_MS
      }
      this.expire(id, why)
    }
  }

  /** Lets one finished job go. */
  expire(id: string, why: string): void {
    const { jobs, hub, expired, home, onExpired } = this.#options
    const entry = jobs.get(id)
    // It may have been started again meanwhile.
    if (entry === undefined || !isOver(entry) || this.#closed) return
    // Remembered first: an id that is gone says that it expired, and not that it never was.
    expired.add(id)
    removeJob(home, id)
    jobs.remove(id)
    hub.store.watchCursors.removeJob(id)
    for (let n = 1; n <= entry.job.runs; n++) this.#compressed.delete(keyOf(id, n))
    onExpired(entry)
    this.#options.log.info('job expired', { id, why })
  }

  /** Finished jobs whose end has not been told, for a week at most. */
  untold(): ReadonlySet<string> {
    const { hub, jobs } = this.#options
    const pending = hub.store.notices
      .owners()
      .flatMap((owner) => hub.store.notices.pending({ owner, limit: 10_000 }))
    return new Set(
      pending.flatMap(({ jobId }) => {
        const entry = jobId === null ? undefined : jobs.get(jobId)
        return entry !== undefined && isYoung(entry) ? [entry.job.id] : []
      }),
    )
  }

  #measure({ job }: JobEntry, known: ReadonlyMap<string, number>): number {
    const key = keyOf(job.id, job.runs)
    const bytes = known.get(key) ?? bytesOf(jobDir(this.#options.home, job.id))
    this.#bytes.set(key, bytes)
    return bytes
  }

  async #compress(): Promise<void> {
    const { jobs, home, log } = this.#options
    for (const { job, run } of jobs.all()) {
      for (let n = 1; n <= job.runs; n++) {
        const key = keyOf(job.id, n)
        const outcome = run?.n === n ? run.outcome : null
        const ended = n < job.runs || (outcome !== null && nowMs() - outcome.endedAtMs > COMPRESS_AFTER_MS)
        if (!ended || this.#compressed.has(key) || this.#closed) continue
        const dir = runPaths(runDir(home, job.id, n)).output
        for (const segment of [...listSegments(dir, 'out'), ...listSegments(dir, 'err')]) {
          if (segment.compressed || segment.to - segment.from < COMPRESS_FROM_BYTES) continue
          try {
            await compressSegment(segment)
            this.#bytes.delete(keyOf(job.id, job.runs))
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

function keyOf(id: string, run: number): string {
  return `${id}.${run}`
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
