import { setTimeout as sleep } from 'node:timers/promises'
import type { FettleClient } from '../../client/client.ts'
import { FettleError } from '../../core/errors.ts'
import { formatDuration } from '../../core/parse/duration.ts'
import { formatSize } from '../../core/parse/size.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import type { Cli } from '../cli.ts'
import { readJobView } from '../disk/read-jobs.ts'
import { Progress } from '../progress.ts'
import { isFinished } from '../render/job-state.ts'
import { defaultOwner } from '../run/owner.ts'
import { watchRun } from './watch-run.ts'

export interface WaitOptions {
  readonly cli: Cli
  /** Null: no daemon runs, the disk is looked at. */
  readonly client: FettleClient | null
  readonly ids: readonly string[]
  readonly timeoutMs: number | null
  readonly until: 'ended' | 'ready'
}

export interface WaitResult {
  /** In the order of `ids`. */
  readonly ended: readonly JobView[]
}

/** One request may last this long; then the daemon is asked again. */
const LONG_POLL_MS = 60_000
const LOOK_EVERY_MS = 250

/** Waits until all of them have ended (or are ready). Throws `timed_out` with those that have not. */
export async function waitForJobs(options: WaitOptions): Promise<WaitResult> {
  const { cli, ids, timeoutMs } = options
  const deadlineMs = timeoutMs === null ? null : performance.now() + timeoutMs
  const pending = new Set(ids)
  using _progress = new Progress({ enabled: !cli.quiet && !cli.json, text: () => progressText(cli, pending) })
  const ended = await Promise.all(
    ids.map(async (id) => {
      const view = await waitForOne(options, id, deadlineMs)
      pending.delete(id)
      return view
    }),
  )
  return { ended }
}

async function waitForOne(options: WaitOptions, id: string, deadlineMs: number | null): Promise<JobView> {
  let { client } = options
  for (;;) {
    const leftMs = deadlineMs === null ? LONG_POLL_MS : deadlineMs - performance.now()
    if (client === null) return await waitOnDisk(options, id, deadlineMs)
    try {
      const { job, timedOut, ready, notReady } = await client.call('waitJob', {
        params: { job: id },
        query: {
          timeoutMs: Math.max(0, Math.round(Math.min(leftMs, LONG_POLL_MS))),
          until: options.until,
          consumer: defaultOwner(),
        },
      })
      if (!timedOut) {
        if (options.until === 'ready' && !ready) throw neverReady(job, notReady)
        return job
      }
      if (leftMs <= LONG_POLL_MS && deadlineMs !== null) throw timedOutWaiting(options, job)
    } catch (error) {
      if (!(error instanceof FettleError) || error.code !== 'daemon_unreachable' || options.until === 'ready')
        throw error
      // it was stopped, or does not come back: the keeper writes the outcome without it
      client = null
    }
  }
}

async function waitOnDisk(options: WaitOptions, id: string, deadlineMs: number | null): Promise<JobView> {
  const { home } = options.cli
  let view = readJobView(home, id)
  using watch = watchRun(home, id, view?.run?.n ?? 1)
  for (;;) {
    view = readJobView(home, id)
    if (view === null) throw new FettleError('job_expired', `Job ${id} is not kept any more`)
    if (isFinished(view)) return view
    const leftMs = deadlineMs === null ? Number.POSITIVE_INFINITY : deadlineMs - performance.now()
    if (leftMs <= 0) throw timedOutWaiting(options, view)
    await Promise.race([watch.changed(), sleep(Math.min(LOOK_EVERY_MS, leftMs))])
  }
}

function timedOutWaiting(options: WaitOptions, job: JobView): FettleError {
  const what = job.name ?? job.id
  const wanted = options.until === 'ready' ? 'is not ready' : `is still ${job.state}`
  return new FettleError('timed_out', `Waited ${formatDuration(options.timeoutMs ?? 0)}: ${what} ${wanted}`, {
    hint: `It goes on: "fettle wait ${what}" waits again, "fettle kill ${what}" stops it`,
    data: { job: job.id, state: job.state },
  })
}

function neverReady(job: JobView, why: string | null): FettleError {
  const what = job.name ?? job.id
  if (job.outcome === null && why !== null) {
    return new FettleError('could_not_verify', `${what} runs, and was not ready: ${why}`, {
      hint: `"fettle logs ${what}" shows what it printed; "fettle restart ${what}" tries again`,
      data: { job: job.id, state: job.state, why },
    })
  }
  return new FettleError('job_not_running', `${what} ended before it was ready`, {
    hint: `"fettle logs ${what}" shows what it printed, "fettle why ${what}" why it ended`,
    data: { job: job.id, state: job.state },
  })
}

function progressText(cli: Cli, pending: ReadonlySet<string>): string {
  const views = [...pending].map((id) => readJobView(cli.home, id)).filter((view) => view !== null)
  const [first] = views
  if (first === undefined) return ''
  if (views.length > 1) return `waiting for ${views.length} jobs …`
  const upMs = Date.now() - (first.run?.startedAtMs ?? first.createdAtMs)
  return `waiting for ${first.name ?? first.id} (${first.state}, ${formatDuration(Math.max(0, upMs))}, ${formatSize(first.output.bytes)} of output)`
}
