import type { Job } from '../../core/job/job.ts'
import { longestDelayMs, nextStart, NO_RESTARTS } from '../../core/restart/restart-policy.ts'
import { FettleError } from '../../core/errors.ts'
import type { Outcome } from '../../core/run/outcome.ts'
import { bootId, nowMs } from '../../platform/clock.ts'
import { isUnwritable } from '../../platform/files/unwritable.ts'
import { runDir, runPaths, type Home } from '../../store/layout.ts'
import { readFacts } from '../../store/run-files/facts.ts'
import type { AnchorLink } from '../engine/anchor-link.ts'
import type { EventHub } from '../events/event-hub.ts'
import { eventsOfFiles, eventsOfOutcome, keyOf, type RunRef, type StartCause } from '../events/run-events.ts'
import type { DaemonLog } from '../log.ts'
import { ENV_LOST, failedStart } from '../runs/failed-start.ts'
import type { Runs } from '../runs/runs.ts'
import { evaluateAfter } from './after.ts'
import { findRelated } from './find-related.ts'
import { isOver, type JobEntry, type JobTable } from './job-table.ts'
import { remakeEnv, type RemadeFrom } from './remake-env.ts'
import type { KeyedQueue } from './keyed-queue.ts'
import { callAfter, type LongTimer } from './long-timer.ts'

export interface LifecycleOptions {
  readonly home: Home
  readonly log: DaemonLog
  readonly hub: EventHub
  readonly jobs: JobTable
  readonly runs: Runs
  readonly anchor: AnchorLink
  readonly queue: KeyedQueue
  /** `FETTLE_HOME` of the daemon, for runs. */
  readonly fettleHome: string | null
  readonly isPaused: () => boolean
  /** From 0 up to but not including 1. */
  readonly chance: () => number
}

/** An environment for the next run; `from` is null when it is the one that was held. Or why there is none. */
export type FoundEnv = { readonly env: string; readonly from: RemadeFrom | null } | { readonly why: string }

/** The run under which the anchor holds the job's environment. */
function toHolder(job: Job): string {
  return `${job.id}.${Math.max(job.runs, 1)}`
}

/** Environments of finished jobs that are kept so that somebody can start them again. */
const KEPT_ENVS = 64
const RECORD_AGAIN_MS = 1_000

/** What follows from a run's end: its events, the next start by policy, and the jobs that waited for it. */
export class Lifecycle {
  readonly #options: LifecycleOptions
  readonly #timers = new Map<string, LongTimer>()
  /** Ends that the disk did not take, by run. */
  readonly #unrecorded = new Map<string, ReturnType<typeof setTimeout>>()
  /** Finished jobs whose environment is still held, oldest first. */
  readonly #envs = new Set<string>()

  constructor(options: LifecycleOptions) {
    this.#options = options
    options.jobs.listen(() => this.#reviewSoon())
  }

  /** While the disk takes nothing, whoever waits learns of the end all the same; the log and the next start wait for room. */
  ended(ref: RunRef, outcome: Outcome): void {
    const key = `${ref.jobId}.${ref.run}`
    clearTimeout(this.#unrecorded.get(key))
    this.#unrecorded.delete(key)
    try {
      this.#recordEnd(ref, outcome)
    } catch (error) {
      if (!isUnwritable(error)) throw error
      const { jobs, log } = this.#options
      log.warn('an end is not on record yet', { ...ref, error })
      const run = jobs.get(ref.jobId)?.run
      if (run?.n === ref.run) jobs.setRun(ref.jobId, { ...run, outcome })
      this.#unrecorded.set(
        key,
        setTimeout(() => this.ended(ref, outcome), RECORD_AGAIN_MS),
      )
    }
  }

  /** Safe to repeat: what is on record already is not recorded again, and the same decision is made. */
  #recordEnd(ref: RunRef, outcome: Outcome): void {
    const { hub, jobs } = this.#options
    const entry = jobs.get(ref.jobId)
    if (entry === undefined) return
    const state = entry.run?.n === ref.run ? entry.run.state : null
    const facts = readFacts(runPaths(runDir(this.#options.home, ref.jobId, ref.run)).facts)
    const before = eventsOfFiles(ref, state, facts)
    const recorded = hub.record(...before)
    const causeAt = before.findIndex(({ kind }) => kind === 'stop_asked' || kind === 'limit_breached')
    const causeSeq = recorded[causeAt]?.seq ?? null
    const ends = hub.record(...eventsOfOutcome(ref, outcome, causeSeq))
    if (entry.run?.n !== ref.run || entry.job.runs !== ref.run) return
    this.#decide(entry.job, { ref, outcome, endSeq: ends[0]?.seq ?? null })
    jobs.setRun(ref.jobId, { ...entry.run, outcome })
    const now = jobs.get(ref.jobId)
    if (now !== undefined && isOver(now)) this.#keepEnv(`${ref.jobId}.${ref.run}`)
  }

  /** Arms the timer of a job between two runs. */
  plan(job: Job): void {
    this.#timers.get(job.id)?.cancel()
    this.#timers.delete(job.id)
    const { nextStartMs } = job.restart
    if (nextStartMs === null || job.desired !== 'running') return
    const delayMs = Math.min(nextStartMs - nowMs(), longestDelayMs(job.spec.restart, job.restart))
    const timer = callAfter(delayMs, () => {
      this.#timers.delete(job.id)
      this.#startDue(job.id).catch((error: unknown) =>
        this.#options.log.error('restart', { jobId: job.id, error }),
      )
    })
    this.#timers.set(job.id, timer)
  }

  cancelPlan(jobId: string): void {
    this.#timers.get(jobId)?.cancel()
    this.#timers.delete(jobId)
  }

  /** After a pause: what came due meanwhile. */
  resume(): void {
    for (const { job } of this.#options.jobs.all()) this.plan(job)
    this.#reviewSoon()
  }

  /** Starts the next run with the environment of an earlier one; without it the run fails at stage `env`. */
  async startAgain(job: Job, options: StartCause & { readonly env?: FoundEnv }): Promise<void> {
    const { runs, home } = this.#options
    const found = options.env ?? (await this.findEnv(job))
    if ('why' in found) {
      runs.endBeforeStart(
        job,
        failedStart({
          hostId: home.hostId,
          bootId: bootId(),
          nowMs: nowMs(),
          reason: 'start',
          actor: 'daemon',
          evidence: `${found.why}: it ended with the anchor that held it, or with the boot`,
          failure: { ...ENV_LOST, message: found.why },
        }),
        options,
      )
      return
    }
    const envFrom = found.from === null ? {} : { envFrom: found.from }
    await runs.start(job, { ...options, ...envFrom, env: found.env })
    this.#forgetEnv(toHolder(job))
  }

  /** The environment of the job's last run: as it is held, or made again from the job's files. */
  async findEnv(job: Job): Promise<FoundEnv> {
    const env = await this.#options.anchor.readEnv(toHolder(job))
    if (env !== null) return { env, from: null }
    try {
      const home = this.#options.fettleHome
      return remakeEnv(job.spec, { home, env: process.env }) ?? { why: ENV_LOST.message }
    } catch (error) {
      if (!(error instanceof FettleError)) throw error
      return { why: `${ENV_LOST.message}. ${error.message}` }
    }
  }

  /** The job is gone: nobody will start it again. */
  forget(jobId: string, runs: number): void {
    this.cancelPlan(jobId)
    if (this.#envs.has(`${jobId}.${runs}`)) this.#forgetEnv(`${jobId}.${runs}`)
  }

  close(): void {
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
    for (const timer of this.#unrecorded.values()) clearTimeout(timer)
    this.#unrecorded.clear()
  }

  /** The daemon ends because somebody asked: what nobody will start again needs no environment. */
  async forgetEnvs(): Promise<void> {
    const { anchor, jobs } = this.#options
    for (const run of await anchor.listEnvs()) {
      const entry = jobs.get(run.split('.')[0] ?? '')
      if (entry === undefined || isOver(entry)) await anchor.forgetEnv(run)
    }
    this.#envs.clear()
  }

  #decide(job: Job, end: { ref: RunRef; outcome: Outcome; endSeq: number | null }): void {
    const { hub, jobs, chance } = this.#options
    const { ref, outcome, endSeq } = end
    if (job.desired !== 'running' || job.restart.nextStartMs !== null) {
      if (job.restart.nextStartMs !== null) this.plan(job)
      return
    }
    // Without its environment no further start can succeed either.
    if (outcome.failure?.stage === 'env' && outcome.actor === 'daemon') return
    const next = nextStart({
      policy: job.spec.restart,
      counters: job.restart,
      outcome,
      nowMs: nowMs(),
      chance: chance(),
    })
    const common = { atMs: nowMs(), ...ref, actor: 'daemon', causeSeq: endSeq }
    switch (next.kind) {
      case 'stop':
        return
      case 'crash_loop': {
        jobs.save({ ...job, restart: next.counters })
        const { budget, windowMs } = job.spec.restart
        hub.record({
          ...common,
          kind: 'crash_loop',
          data: { starts: next.starts, budget, windowMs },
          key: keyOf('crash_loop', ref),
        })
        return
      }
      case 'start': {
        const planned = { ...job, restart: next.counters }
        jobs.save(planned)
        hub.record({
          ...common,
          kind: 'restart_planned',
          data: { delayMs: next.delayMs, attempt: ref.run + 1, why: outcome.evidence },
          key: keyOf('restart_planned', ref),
        })
        this.plan(planned)
      }
    }
  }

  async #startDue(jobId: string): Promise<void> {
    const { queue, jobs, hub, isPaused } = this.#options
    await queue.run(jobId, async () => {
      const job = jobs.get(jobId)?.job
      if (job === undefined || job.desired !== 'running' || job.restart.nextStartMs === null) return
      if (isPaused()) return
      try {
        const planned = keyOf('restart_planned', { jobId, run: job.runs })
        await this.startAgain(job, { causeSeq: hub.store.seqOf(planned) })
      } catch (error) {
        if (!(error instanceof FettleError)) throw error
        this.#options.log.warn('a planned start failed', { jobId, error })
      }
    })
  }

  #reviewing = false

  /** Once per turn, however many jobs changed. */
  #reviewSoon(): void {
    if (this.#reviewing) return
    this.#reviewing = true
    setImmediate(() => {
      this.#reviewing = false
      for (const entry of this.#options.jobs.all()) {
        if (entry.job.runs === 0 && entry.job.desired === 'running') this.#review(entry)
      }
    })
  }

  #review(entry: JobEntry): void {
    const { jobs, queue, isPaused, log } = this.#options
    const { job } = entry
    if (isPaused() || job.spec.after.length === 0) return
    const state = evaluateAfter(job.spec.after, (name) => findRelated(jobs, name, job.owner))
    if (state.kind === 'waiting') return
    queue
      .run(job.id, async () => {
        const now = jobs.get(job.id)?.job
        if (now === undefined || now.runs > 0 || now.desired !== 'running') return
        if (state.kind === 'met') await this.startAgain(now, { causeSeq: null })
        else this.endUnstarted(now, { reason: 'start', actor: 'daemon', evidence: state.why })
      })
      .catch((error: unknown) => log.error('a job that waited', { jobId: job.id, error }))
  }

  /** A job that never ran and never will. */
  endUnstarted(
    job: Job,
    end: { reason: 'start' | 'killed' | 'superseded'; actor: string; evidence: string },
  ): void {
    const { runs, home } = this.#options
    runs.endBeforeStart(
      job,
      failedStart({ hostId: home.hostId, bootId: bootId(), nowMs: nowMs(), ...end, failure: null }),
    )
    this.#forgetEnv(`${job.id}.1`)
  }

  #keepEnv(run: string): void {
    this.#envs.add(run)
    const [oldest] = this.#envs
    if (this.#envs.size > KEPT_ENVS && oldest !== undefined) this.#forgetEnv(oldest)
  }

  #forgetEnv(run: string): void {
    this.#envs.delete(run)
    this.#options.anchor
      .forgetEnv(run)
      .catch((error: unknown) => this.#options.log.warn('forget environment', { run, error }))
  }
}

/** A start that somebody asked for begins a new row of counted starts. */
export function withFreshCounters(job: Job): Job {
  return { ...job, desired: 'running', restart: NO_RESTARTS }
}
