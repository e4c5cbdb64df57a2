import { FettleError } from '../../core/errors.ts'
import { isOver, type JobEntry, type JobTable } from './job-table.ts'

export interface Waited {
  readonly entry: JobEntry
  readonly timedOut: boolean
  readonly isReady: boolean
  readonly clampedToMs: number | null
}

/** One request waits no longer; a client asks again. */
export const LONGEST_WAIT_MS = 3_600_000

/** Until the job is over (or ready), the time is up, or the caller has gone. */
export async function waitForJob(
  jobs: JobTable,
  options: {
    readonly jobId: string
    readonly timeoutMs: number | null
    readonly untilReady: boolean
    readonly signal: AbortSignal
  },
): Promise<Waited> {
  const { jobId, untilReady, signal } = options
  const asked = options.timeoutMs ?? LONGEST_WAIT_MS
  const withinMs = Math.min(asked, LONGEST_WAIT_MS)
  const clampedToMs = withinMs < asked ? withinMs : null
  const isDone = (entry: JobEntry): boolean => isOver(entry) || (untilReady && isSettled(entry))
  const answer = (timedOut: boolean): Waited => {
    const entry = jobs.get(jobId)
    if (entry === undefined)
      throw new FettleError('job_expired', `Job ${jobId} was let go while it was waited for`)
    return { entry, timedOut, isReady: entry.run?.isReady === true, clampedToMs }
  }
  const now = jobs.get(jobId)
  if (now === undefined || isDone(now)) return answer(false)
  const timedOut = await new Promise<boolean>((resolve) => {
    const end = (late: boolean): void => {
      clearTimeout(timer)
      stop()
      signal.removeEventListener('abort', gone)
      resolve(late)
    }
    const gone = (): void => end(true)
    const timer = setTimeout(() => end(true), withinMs)
    const stop = jobs.listen((entry) => {
      if (entry.job.id === jobId && isDone(entry)) end(false)
    })
    signal.addEventListener('abort', gone)
  })
  return answer(timedOut)
}

/** Ready, or known not to become so. */
function isSettled({ run }: JobEntry): boolean {
  return run !== null && (run.isReady || run.notReady !== null)
}
