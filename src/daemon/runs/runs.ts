import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FettleError } from '../../core/errors.ts'
import type { Job } from '../../core/job/job.ts'
import type { Outcome } from '../../core/run/outcome.ts'
import { bootId, nowMs } from '../../platform/clock.ts'
import { syncPaths } from '../../platform/files/write-atomic.ts'
import type { AnchorRequest } from '../../protocol/anchor.ts'
import type { ToldFact } from '../../protocol/keeper.ts'
import { jobDir, jobFile, keeperSocket, runDir, runPaths, type Home } from '../../store/layout.ts'
import { readRun } from '../../store/run-files/job-views.ts'
import { writeOutcome } from '../../store/run-files/outcome.ts'
import { writeSpec } from '../../store/run-files/spec.ts'
import type { AnchorLink } from '../engine/anchor-link.ts'
import type { EventHub, NewEvent } from '../events/event-hub.ts'
import { eventsOfFacts, eventsOfState, runStarting, type StartCause } from '../events/run-events.ts'
import type { JobEntry, JobTable } from '../jobs/job-table.ts'
import type { DaemonLog } from '../log.ts'
import { failedStart } from './failed-start.ts'
import { RunGuard } from './run-guard.ts'

/** Whatever reads along with a run while it lives: watch patterns, readiness, terminal queries. */
export interface RunFollower {
  /** Output has grown. */
  onOutput(): void
  /** The run's first process exists. */
  onStarted(): void
  /** Everything printed before the end has been dealt with when this resolves. */
  finish(): Promise<void>
}

export interface RunsOptions {
  readonly home: Home
  readonly log: DaemonLog
  readonly hub: EventHub
  readonly jobs: JobTable
  readonly anchor: AnchorLink
  readonly follow: (guard: RunGuard, job: Job) => readonly RunFollower[]
  /** After the followers have finished. */
  readonly onEnded: (ref: { jobId: string; run: number }, outcome: Outcome) => void
}

export interface StartOptions extends StartCause {
  readonly env: string
  readonly events?: readonly NewEvent[]
}

interface LiveRun {
  readonly guard: RunGuard
  readonly followers: readonly RunFollower[]
  readonly recorded: Set<string>
  isStarted: boolean
  /** An anchor has it: one that comes later is told to adopt it, and before that it is nobody's to adopt. */
  isHandedOver: boolean
  adoptedAtMs: number
}

/** How long a run may be without a keeper that answers before the anchor is asked to see to it. */
const SILENCE_MS = 2_000
const ADOPT_EACH_MS = 5_000
const FINISH_WITHIN_MS = 10_000
const KEEPER_BEGINS_WITHIN_MS = 400
const HAND_OVER_TRIES = 8
export const BEGUN_WITHIN_MS = 10_000

/** A state without a first process says that there was no start, but why is in the outcome, which comes after it. */
function hasBegun({ run }: JobEntry): boolean {
  if (run === null || run.outcome !== null) return true
  const name = run.state?.name
  return name === 'running' || name === 'stopping' || name === 'exited'
}

type StartRequest = Extract<AnchorRequest, { op: 'start' }>

/** The runs that live, each with its keeper's link and those who read along. */
export class Runs {
  readonly #options: RunsOptions
  readonly #live = new Map<string, LiveRun>()
  /** Every guard whose connection is open: a keeper stays after the end as long as it guards what was left running. */
  readonly #guards = new Set<RunGuard>()

  constructor(options: RunsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#live.size
  }

  guard(jobId: string): RunGuard | null {
    return this.#live.get(jobId)?.guard ?? null
  }

  guards(): RunGuard[] {
    return [...this.#live.values()].map(({ guard }) => guard)
  }

  /**
   * The job's next run. Its environment is in the anchor's hands before anything is written down, so that a daemon
   * that dies in between leaves a run that its successor can start.
   */
  async start(job: Job, options: StartOptions): Promise<void> {
    const n = job.runs + 1
    await this.#options.anchor.holdEnv(`${job.id}.${n}`, options.env)
    const next = { ...job, runs: n, restart: { ...job.restart, nextStartMs: null } }
    await this.resume(next, options)
  }

  /** Starts the job's newest run, which is written down and has never been handed over. */
  async resume(job: Job, options: StartOptions): Promise<void> {
    const { home, hub, jobs, log } = this.#options
    const ref = { jobId: job.id, run: job.runs }
    const paths = this.#makeRun(job)
    hub.record(...(options.events ?? []), runStarting(ref, nowMs(), options))
    jobs.setRun(job.id, { n: job.runs, state: null, outcome: null, isReady: false, notReady: null })
    const live = this.#addLive(job)
    const { pty, split, stdin } = job.spec
    const request = {
      op: 'start',
      run: `${job.id}.${job.runs}`,
      dir: paths.dir,
      socket: keeperSocket(home, job.id, job.runs),
      pty,
      split,
      stdin,
      env: options.env,
      keepEnv: true,
    } as const
    // A loss of power ends the run as well: its records need to outlive that only once somebody was told of it.
    const onMedium = syncPaths(recordsOf(home, job)).catch((error: unknown) =>
      log.warn('records of a run are not on the medium', { ...ref, error }),
    )
    try {
      if ((await this.#handOver(request)) === 'perhaps') this.#adopt(refOf(live.guard))
    } catch (error) {
      this.#fail(ref, live, error)
      throw error
    }
    live.isHandedOver = true
    live.guard.open()
    await onMedium
  }

  /** A run that was started by an earlier daemon and has no outcome. */
  attach(job: Job): void {
    const live = this.#addLive(job)
    live.isHandedOver = true
    live.guard.open()
  }

  /** A run that never got as far as a keeper: it ends before it begins, and says why. */
  endBeforeStart(job: Job, outcome: Outcome, cause: StartCause = { causeSeq: null }): Job {
    const { hub, jobs } = this.#options
    const n = job.runs + 1
    const next = { ...job, runs: n, restart: { ...job.restart, nextStartMs: null } }
    this.#makeRun(next)
    hub.record(runStarting({ jobId: job.id, run: n }, nowMs(), cause))
    jobs.setRun(job.id, { n, state: null, outcome: null, isReady: false, notReady: null })
    this.giveOutcome({ jobId: job.id, run: n }, outcome)
    return next
  }

  /** Writes an outcome for a run without a keeper, unless one is there, and acts on the one that stands. */
  giveOutcome(ref: { jobId: string; run: number }, outcome: Outcome): void {
    const paths = runPaths(runDir(this.#options.home, ref.jobId, ref.run))
    mkdirSync(paths.dir, { recursive: true, mode: 0o700 })
    const isOurs = writeOutcome(paths.outcome, outcome)
    const live = this.#live.get(ref.jobId)
    if (live !== undefined) live.guard.refresh()
    else if (isOurs) this.#options.onEnded(ref, outcome)
  }

  /** A new anchor: everything of which something lives is put into its hands, be it what an ended run has left. */
  adoptAll(held: ReadonlySet<string>): void {
    for (const guard of this.#guards) {
      const live = this.#live.get(guard.jobId)
      const isOnItsWay = live?.guard === guard && !live.isHandedOver
      if (!isOnItsWay && !held.has(`${guard.jobId}.${guard.n}`)) this.#adopt(refOf(guard))
    }
  }

  /** A run that ended under an earlier daemon is guarded for what it has left, and no anchor holds it. */
  adoptLeftovers(jobId: string, run: number): void {
    if (existsSync(runPaths(runDir(this.#options.home, jobId, run)).outcome)) this.#adopt({ jobId, run })
  }

  /**
   * Waits for evidence of the start: the run's first process exists, or how it ended (or why it could not be started)
   * is known. False when none has come within the time.
   */
  async begun(jobId: string, withinMs = BEGUN_WITHIN_MS): Promise<boolean> {
    const entry = await this.#when(jobId, withinMs, hasBegun)
    return entry === undefined || hasBegun(entry)
  }

  /** The outcome of a run once it is on record; null when it is not within the time. */
  async outcomeOf(ref: { jobId: string; run: number }, withinMs: number): Promise<Outcome | null> {
    const entry = await this.#when(ref.jobId, withinMs, ({ run }) => {
      return run === null || run.n > ref.run || (run.n === ref.run && run.outcome !== null)
    })
    if (entry?.run?.n === ref.run) return entry.run.outcome
    return readRun(this.#options.home, ref.jobId, ref.run).outcome
  }

  /** The job when `is` holds of it, or as it is after the time. */
  async #when(
    jobId: string,
    withinMs: number,
    is: (entry: JobEntry) => boolean,
  ): Promise<JobEntry | undefined> {
    const { jobs } = this.#options
    const now = jobs.get(jobId)
    if (now === undefined || is(now)) return now
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        stop()
        resolve()
      }
      const timer = setTimeout(done, Math.max(0, withinMs))
      const stop = jobs.listen((entry) => {
        if (entry.job.id === jobId && is(entry)) done()
      })
    })
    return jobs.get(jobId)
  }

  close(): void {
    for (const guard of this.#guards) guard.close()
    this.#guards.clear()
    this.#live.clear()
  }

  /**
   * Asks the anchor to start a run. One that dies meanwhile may have started the keeper (`perhaps`: then the run is on
   * its way, and is adopted), or not: then its successor is asked.
   */
  async #handOver(request: StartRequest): Promise<'done' | 'perhaps'> {
    for (let tries = 1; ; tries++) {
      try {
        await this.#options.anchor.startRun(request)
        return 'done'
      } catch (error) {
        const isUnreachable = error instanceof FettleError && error.code === 'anchor_unreachable'
        const isGone = isUnreachable && error.data['isSilent'] !== true
        if (!isGone || tries >= HAND_OVER_TRIES) throw error
        await sleep(KEEPER_BEGINS_WITHIN_MS)
        if (existsSync(runPaths(request.dir).state)) return 'perhaps'
      }
    }
  }

  #makeRun(job: Job) {
    const { home, jobs } = this.#options
    const paths = runPaths(runDir(home, job.id, job.runs))
    mkdirSync(paths.output, { recursive: true, mode: 0o700 })
    jobs.save(job, { fsync: false })
    writeSpec(paths.spec, job.spec)
    return paths
  }

  #addLive(job: Job): LiveRun {
    const { home, jobs, log } = this.#options
    const ref = { jobId: job.id, run: job.runs }
    const guard = new RunGuard({
      home,
      jobId: job.id,
      n: job.runs,
      onState: (state) => {
        const run = jobs.get(job.id)?.run
        if (run !== undefined && run !== null && run.n === ref.run) jobs.setRun(job.id, { ...run, state })
        this.#record(live, eventsOfState(ref, state))
        if (state.leader !== null && !live.isStarted) {
          live.isStarted = true
          for (const follower of live.followers) follower.onStarted()
        }
      },
      onOutput: () => {
        for (const follower of live.followers) follower.onOutput()
      },
      onFact: (fact) => this.#onFact(live, fact),
      onOutcome: (outcome) => {
        this.#finish(live, outcome).catch((error: unknown) => log.error('end of a run', { ...ref, error }))
      },
      onGone: () => this.#guards.delete(guard),
      onSilence: (silentMs) => this.#onSilence(live, silentMs),
      onError: (error) => log.error('run', { ...ref, error }),
    })
    const live: LiveRun = {
      guard,
      followers: this.#follow(guard, job),
      recorded: new Set(),
      isStarted: false,
      isHandedOver: false,
      adoptedAtMs: 0,
    }
    this.#guards.add(guard)
    this.#live.set(job.id, live)
    return live
  }

  /** A job of another version may ask for something that this one cannot do: its run is guarded all the same. */
  #follow(guard: RunGuard, job: Job): readonly RunFollower[] {
    try {
      return this.#options.follow(guard, job)
    } catch (error) {
      this.#options.log.error('nobody reads along with this run', { jobId: job.id, error })
      return []
    }
  }

  async #finish(live: LiveRun, outcome: Outcome): Promise<void> {
    const { guard, followers } = live
    const ref = { jobId: guard.jobId, run: guard.n }
    const late = sleep(FINISH_WITHIN_MS, 'late' as const)
    const done = Promise.all(followers.map(async (follower) => await follower.finish()))
    if ((await Promise.race([done, late])) === 'late') {
      this.#options.log.warn('output of an ended run is not read to its end yet', ref)
    }
    guard.link.setRings(false)
    if (this.#live.get(guard.jobId) === live) this.#live.delete(guard.jobId)
    const state = guard.state
    if (state !== null) this.#record(live, eventsOfState(ref, state))
    this.#options.onEnded(ref, outcome)
  }

  #fail(ref: { jobId: string; run: number }, live: LiveRun, error: unknown): void {
    const { home } = this.#options
    const message = error instanceof Error ? error.message : String(error)
    const data = error instanceof FettleError ? error.data : {}
    const code = error instanceof FettleError ? error.code : 'internal'
    const errno = typeof data['errno'] === 'string' ? data['errno'] : code
    const outcome = failedStart({
      hostId: home.hostId,
      bootId: bootId(),
      nowMs: nowMs(),
      reason: 'start',
      actor: 'anchor',
      evidence: message,
      failure: { stage: data['stage'] === 'pty' ? 'pty' : 'limits', errno, message },
    })
    try {
      this.giveOutcome(ref, outcome)
    } catch (failure) {
      this.#live.delete(ref.jobId)
      throw failure
    } finally {
      live.guard.close()
      this.#guards.delete(live.guard)
    }
  }

  #onFact(live: LiveRun, fact: ToldFact): void {
    const ref = refOf(live.guard)
    // A keeper that was silent for too long hands over to nobody; an anchor that holds the run already says so.
    if (fact.kind === 'anchor_replaced') this.#adopt(ref)
    const events = eventsOfFacts(ref, [fact])
    if (events.length === 0) this.#options.log.info('fact', { ...ref, ...fact })
    this.#record(live, events)
  }

  #record(live: LiveRun, events: readonly NewEvent[]): void {
    const fresh = events.filter(({ key }) => key === null || !live.recorded.has(key))
    if (fresh.length === 0) return
    for (const { key } of fresh) if (key !== null) live.recorded.add(key)
    this.#options.hub.record(...fresh)
  }

  #onSilence(live: LiveRun, silentMs: number): void {
    if (silentMs < SILENCE_MS || performance.now() - live.adoptedAtMs < ADOPT_EACH_MS) return
    live.adoptedAtMs = performance.now()
    this.#adopt(refOf(live.guard))
  }

  #adopt(ref: { readonly jobId: string; readonly run: number }): void {
    const { anchor, home, log } = this.#options
    const run = `${ref.jobId}.${ref.run}`
    const dir = runDir(home, ref.jobId, ref.run)
    anchor
      .adopt({ op: 'adopt', run, dir, socket: keeperSocket(home, ref.jobId, ref.run) })
      .catch((error: unknown) => log.warn('a run could not be adopted yet', { run, error }))
  }
}

/** Files and folders that have to outlive a loss of power for the job's newest run to be known after it. */
function recordsOf(home: Home, job: Job): string[] {
  const folder = jobDir(home, job.id)
  const { dir, spec } = runPaths(runDir(home, job.id, job.runs))
  return [jobFile(home, job.id), spec, dir, dirname(dir), folder, dirname(folder)]
}

function refOf({ jobId, n }: RunGuard): { readonly jobId: string; readonly run: number } {
  return { jobId, run: n }
}
