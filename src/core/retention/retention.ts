/**
 * Which finished jobs are let go. Age counts from the finish, never from the start: a job that ran for a week must
 * be readable after it. Only finished jobs are ever chosen.
 */
export interface RetentionLimits {
  readonly maxAgeMs: number
  /** Jobs in all, living ones counted; only finished ones are let go for it. */
  readonly maxJobs: number
  /** Output of finished jobs on disk, bytes. */
  readonly maxBytes: number
}

export const DEFAULT_RETENTION: RetentionLimits = {
  maxAgeMs: 1_800_000,
  maxJobs: 64,
  maxBytes: 4_000_000_000,
}

/**
 * However many jobs live, this many finished ones stay: otherwise on a busy host a job would be gone in the moment
 * it ends, before anybody could read why.
 */
export const MIN_FINISHED_KEPT = 16

export interface FinishedJob {
  readonly id: string
  /** Null when nobody knows: such a job has no age, but takes room. */
  readonly finishedAtMs: number | null
  readonly bytes: number
  /** Somebody still needs it: a start is planned, or its end has not been told yet. */
  readonly held: boolean
}

export interface Expired {
  readonly id: string
  readonly why: 'age' | 'count' | 'bytes'
}

export interface RetentionInput {
  readonly finished: readonly FinishedJob[]
  readonly liveJobs: number
  readonly limits: RetentionLimits
  readonly nowMs: number
}

/** The jobs to let go, those that finished first before the others. */
export function selectExpired({ finished, liveJobs, limits, nowMs }: RetentionInput): Expired[] {
  const expired: Expired[] = []
  const kept: FinishedJob[] = []
  const oldestFirst = [...finished].sort(byFinish)
  for (const job of oldestFirst) {
    const isOld = job.finishedAtMs !== null && nowMs - job.finishedAtMs > limits.maxAgeMs
    if (isOld && !job.held) expired.push({ id: job.id, why: 'age' })
    else kept.push(job)
  }
  let count = kept.length
  let bytes = kept.reduce((sum, job) => sum + job.bytes, 0)
  const room = Math.max(limits.maxJobs - liveJobs, MIN_FINISHED_KEPT)
  for (const job of kept) {
    const why = count > room ? 'count' : bytes > limits.maxBytes ? 'bytes' : null
    if (why === null) break
    if (job.held) continue
    // One that holds nothing frees nothing, and the newest must be readable however large it is.
    if (why === 'bytes' && (job.bytes === 0 || job === kept.at(-1))) continue
    expired.push({ id: job.id, why })
    count--
    bytes -= job.bytes
  }
  return expired
}

function byFinish(a: FinishedJob, b: FinishedJob): number {
  return (a.finishedAtMs ?? 0) - (b.finishedAtMs ?? 0) || (a.id < b.id ? -1 : 1)
}
