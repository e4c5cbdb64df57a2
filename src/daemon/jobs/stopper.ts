import { setTimeout as sleep } from 'node:timers/promises'
import { FettleError, isRecord } from '../../core/errors.ts'
import type { Job } from '../../core/job/job.ts'
import { formatCounted } from '../../core/parse/count.ts'
import type { Outcome, Survivor } from '../../core/run/outcome.ts'
import { nowMs } from '../../platform/clock.ts'
import { keeperSocket, type Home } from '../../store/layout.ts'
import type { EventHub } from '../events/event-hub.ts'
import { keyOf } from '../events/run-events.ts'
import type { Runs } from '../runs/runs.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { JobTable } from './job-table.ts'
import { readSurvivors, stopLeftovers } from './stop-leftovers.ts'

export interface StopAsk {
  readonly reason: 'killed' | 'superseded'
  readonly actor: string
  readonly graceMs: number | null
  readonly signal?: string | null
  /** The job that takes this one's place. */
  readonly supersededBy?: string
  /** The selector that meant this job, for the record. */
  readonly selector?: string
  /** The job is to run again: only this run ends. */
  readonly keepDesired?: boolean
}

export interface StopReport {
  readonly result: 'stopped' | 'already_finished' | 'incomplete'
  readonly outcome: Outcome | null
  readonly survivors: readonly Survivor[]
  readonly why: string
}

export interface StopperOptions {
  readonly home: Home
  readonly hub: EventHub
  readonly jobs: JobTable
  readonly runs: Runs
  readonly lifecycle: () => Lifecycle
}

/** What the keeper's ladder takes beyond the grace: freezing, SIGKILL and waiting for the kernel's word. */
const BEYOND_GRACE_MS = 10_000
const RETRY_MS = 100

/** Stops a job: records who wants it and why, asks the keeper, and waits for the fact that proves it. */
export class Stopper {
  readonly #options: StopperOptions

  constructor(options: StopperOptions) {
    this.#options = options
  }

  async stop(jobId: string, ask: StopAsk): Promise<StopReport> {
    const { jobs, runs, lifecycle } = this.#options
    const entry = jobs.get(jobId)
    if (entry === undefined) throw new FettleError('job_not_found', `There is no job ${jobId}`)
    const guard = runs.guard(jobId)
    const { job } = entry
    if (ask.keepDesired !== true && (job.desired !== 'stopped' || job.restart.nextStartMs !== null)) {
      // First: whatever happens to this daemon from here on, nobody starts the job again.
      jobs.save({ ...job, desired: 'stopped', restart: { ...job.restart, nextStartMs: null } })
      lifecycle().cancelPlan(jobId)
    }
    if (guard === null) return await this.#withoutRun(jobId, ask)
    const ref = { jobId, run: guard.n }
    const cause = this.#record(ref, ask)
    const graceMs = ask.graceMs ?? job.spec.stop.graceMs
    const deadlineMs = nowMs() + graceMs + BEYOND_GRACE_MS
    await this.#askKeeper(jobId, { ...ask, deadlineMs })
    const outcome = await runs.outcomeOf(ref, deadlineMs - nowMs())
    if (ask.supersededBy !== undefined) {
      this.#options.hub.record({
        atMs: nowMs(),
        kind: 'job_superseded',
        ...ref,
        actor: ask.actor,
        causeSeq: cause,
        data: { by: ask.supersededBy },
        key: `job_superseded:${jobId}`,
      })
    }
    return outcome === null ? await this.#incomplete(jobId) : toReport(outcome)
  }

  /** Waits for its first start, for its next one, or has ended. */
  async #withoutRun(jobId: string, ask: StopAsk): Promise<StopReport> {
    const entry = this.#options.jobs.get(jobId)
    if (entry?.job.runs === 0) {
      const { reason, actor } = ask
      this.#options
        .lifecycle()
        .endUnstarted(entry.job, { reason, actor, evidence: 'It was stopped before it had been started' })
      const outcome = this.#options.jobs.get(jobId)?.run?.outcome ?? null
      return { result: 'stopped', outcome, survivors: [], why: 'it had not been started yet' }
    }
    const outcome = entry?.run?.outcome ?? null
    if (entry !== undefined && outcome !== null && outcome.leftovers.survivors.length > 0) {
      return await this.#stopLeftovers(entry.job, { outcome, ask })
    }
    return { result: 'already_finished', outcome, survivors: [], why: 'it had finished already' }
  }

  /** The end stays what it was: only what the run was allowed to leave is stopped. */
  async #stopLeftovers(
    job: Job,
    { outcome, ask }: { readonly outcome: Outcome; readonly ask: StopAsk },
  ): Promise<StopReport> {
    const graceMs = ask.graceMs ?? job.spec.stop.graceMs
    const { ended, left, isUnguarded } = await stopLeftovers({
      path: keeperSocket(this.#options.home, job.id, job.runs),
      outcome,
      reason: ask.reason,
      actor: ask.actor,
      graceMs,
      signal: ask.signal ?? null,
      withinMs: graceMs + BEYOND_GRACE_MS,
      onAsk: (members) => this.#recordLeftovers({ jobId: job.id, run: job.runs }, { ask, members }),
    })
    if (left.length > 0) {
      const why = isUnguarded ? 'no keeper of it answers' : 'what it left is still there'
      return { result: 'incomplete', outcome, survivors: left, why }
    }
    if (ended.length === 0) {
      const why = 'it had finished already, and what it left has ended too'
      return { result: 'already_finished', outcome, survivors: [], why }
    }
    const named = ended.map(({ pid, command }) => `${pid} ${command}`).join(', ')
    const count = formatCounted(ended.length, 'process it had left was', 'processes it had left were')
    return { result: 'stopped', outcome, survivors: [], why: `${count} ended: ${named}` }
  }

  #recordLeftovers(
    ref: { jobId: string; run: number },
    { ask, members }: { readonly ask: StopAsk; readonly members: readonly Survivor[] },
  ): void {
    const { reason, graceMs, selector = null } = ask
    this.#options.hub.record({
      atMs: nowMs(),
      kind: 'stop_asked',
      ...ref,
      actor: ask.actor,
      causeSeq: null,
      data: { reason, graceMs, selector, leftovers: members.length },
      key: null,
    })
  }

  #record(ref: { jobId: string; run: number }, ask: StopAsk): number | null {
    const [recorded] = this.#options.hub.record({
      atMs: nowMs(),
      kind: 'stop_asked',
      ...ref,
      actor: ask.actor,
      causeSeq: null,
      data: { reason: ask.reason, graceMs: ask.graceMs, selector: ask.selector ?? null },
      key: keyOf('stop_asked', ref),
    })
    return recorded?.seq ?? null
  }

  /** A keeper that is being replaced is waited for: its successor climbs the same ladder. */
  async #askKeeper(jobId: string, ask: StopAsk & { readonly deadlineMs: number }): Promise<void> {
    const { reason, actor, graceMs, signal, deadlineMs } = ask
    for (;;) {
      const guard = this.#options.runs.guard(jobId)
      if (guard === null) return
      try {
        await guard.link.request({ op: 'stop', reason, actor, graceMs, ...(signal ? { signal } : {}) })
        return
      } catch (error) {
        if (!isRecord(error) || error['code'] !== 'keeper_unreachable') throw error
        if (nowMs() > deadlineMs) return
        await sleep(RETRY_MS)
      }
    }
  }

  async #incomplete(jobId: string): Promise<StopReport> {
    const guard = this.#options.runs.guard(jobId)
    const survivors = guard === null ? [] : ((await readSurvivors(guard.link)) ?? [])
    return {
      result: 'incomplete',
      outcome: null,
      survivors,
      why: `the run has not ended within its grace and ${BEYOND_GRACE_MS / 1000} s more`,
    }
  }
}

function toReport(outcome: Outcome): StopReport {
  const { survivors } = outcome.leftovers
  return survivors.length === 0
    ? { result: 'stopped', outcome, survivors, why: outcome.evidence }
    : {
        result: 'incomplete',
        outcome,
        survivors,
        why: `${survivors.length} of its processes live on`,
      }
}
