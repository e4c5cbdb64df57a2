import { setTimeout as sleep } from 'node:timers/promises'
import { FettleError, isRecord } from '../../core/errors.ts'
import type { Job } from '../../core/job/job.ts'
import type { Outcome, Survivor } from '../../core/run/outcome.ts'
import { nowMs } from '../../platform/clock.ts'
import { isUnwritable } from '../../platform/files/unwritable.ts'
import { syncPaths } from '../../platform/files/write-atomic.ts'
import { jobDir, jobFile, keeperSocket, runDir, runPaths, type Home } from '../../store/layout.ts'
import { listGuardedRuns } from '../../store/run-files/guarded-runs.ts'
import { readOutcome } from '../../store/run-files/outcome.ts'
import { despiteFullDisk } from '../despite-full-disk.ts'
import type { EventHub, NewEvent } from '../events/event-hub.ts'
import { keyOf } from '../events/run-events.ts'
import type { DaemonLog } from '../log.ts'
import type { Runs } from '../runs/runs.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { JobEntry, JobTable } from './job-table.ts'
import { readSurvivors, stopLeftovers } from './stop-leftovers.ts'

export interface StopAsk {
  readonly reason: 'killed' | 'superseded'
  readonly actor: string
  /** What the wish came through: `cli`, `api`. */
  readonly surface: string
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
  /** Processes left by runs that had ended before, and ended now. */
  readonly endedLeftovers: readonly EndedLeftover[]
  /** It was between two runs: the next one will not come. */
  readonly calledOff: boolean
  readonly why: string
}

export interface EndedLeftover {
  readonly run: number
  readonly pid: number
  readonly command: string
}

export interface StopperOptions {
  readonly home: Home
  readonly log: DaemonLog
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
    const { home, jobs, runs, lifecycle } = this.#options
    const entry = jobs.get(jobId)
    if (entry === undefined) throw new FettleError('job_not_found', `There is no job ${jobId}`)
    const guard = runs.guard(jobId)
    const { job } = entry
    let onMedium: Promise<void> | null = null
    if (ask.keepDesired !== true && (job.desired !== 'stopped' || job.restart.nextStartMs !== null)) {
      // First: whatever happens to this daemon from here on, nobody starts the job again.
      jobs.saveWhenPossible({ ...job, desired: 'stopped', restart: { ...job.restart, nextStartMs: null } })
      onMedium = syncPaths([jobFile(home, jobId), jobDir(home, jobId)]).catch((error: unknown) => {
        if (!isUnwritable(error)) throw error
      })
      lifecycle().cancelPlan(jobId)
    }
    const [report] = await Promise.all([
      guard === null ? this.#withoutRun(entry, ask) : this.#stopRun(job, guard.n, ask),
      onMedium,
    ])
    // A run that makes room for the next one leaves alone what runs were allowed to leave.
    return ask.reason === 'killed' ? await this.#stopLeftovers(jobId, { report, ask }) : report
  }

  async #stopRun(job: Job, n: number, ask: StopAsk): Promise<StopReport> {
    const { runs } = this.#options
    const jobId = job.id
    const ref = { jobId, run: n }
    const cause = this.#record(ref, ask)
    const graceMs = ask.graceMs ?? job.spec.stop.graceMs
    const deadlineMs = performance.now() + graceMs + BEYOND_GRACE_MS
    await this.#askKeeper(jobId, { ...ask, deadlineMs })
    const outcome = await runs.outcomeOf(ref, deadlineMs - performance.now())
    if (ask.supersededBy !== undefined) {
      this.#recordStop({
        atMs: nowMs(),
        kind: 'job_superseded',
        ...ref,
        actor: ask.actor,
        causeSeq: cause,
        data: { by: ask.supersededBy },
        key: `job_superseded:${jobId}`,
      })
    }
    return outcome === null ? await this.#incomplete(jobId) : toEndReport(outcome)
  }

  /** Waits for its first start, for its next one, or has ended. */
  #withoutRun({ job, run }: JobEntry, ask: StopAsk): StopReport {
    const { reason, actor, selector = null, surface } = ask
    if (job.runs === 0) {
      this.#options
        .lifecycle()
        .endUnstarted(job, { reason, actor, evidence: 'It was stopped before it had been started' })
      const outcome = this.#options.jobs.get(job.id)?.run?.outcome ?? null
      return toReport('stopped', outcome, 'it had not been started yet')
    }
    const report = toReport('already_finished', run?.outcome ?? null, 'it had finished already')
    if (job.restart.nextStartMs === null) return report
    this.#recordStop({
      atMs: nowMs(),
      kind: 'stop_asked',
      jobId: job.id,
      run: job.runs,
      actor,
      causeSeq: null,
      data: { reason, selector, surface, calledOff: true },
      key: null,
    })
    return { ...report, calledOff: true, why: 'it was between two runs: the next one is called off' }
  }

  /** An end stays what it was: only what the runs were allowed to leave is stopped, of whichever run it is. */
  async #stopLeftovers(
    jobId: string,
    { report, ask }: { readonly report: StopReport; readonly ask: StopAsk },
  ): Promise<StopReport> {
    const { home, jobs } = this.#options
    const job = jobs.get(jobId)?.job
    if (job === undefined) return report
    // What the run just stopped could not be made to end is in its own report.
    const upTo = report.result === 'already_finished' ? job.runs : job.runs - 1
    const guarded = listGuardedRuns(home).filter(({ id, n }) => id === jobId && n <= upTo)
    const numbers = new Set([...guarded.map(({ n }) => n), ...(upTo === job.runs ? [upTo] : [])])
    const stopped = await Promise.all([...numbers].map(async (n) => await this.#stopLeftoversOf(job, n, ask)))
    const endedLeftovers = stopped.flatMap(({ ended }) => ended)
    const left = stopped.flatMap((one) => one.left)
    if (left.length > 0) {
      const isUnguarded = stopped.some((one) => one.isUnguarded)
      return {
        ...report,
        result: 'incomplete',
        survivors: [...report.survivors, ...left],
        endedLeftovers,
        why: isUnguarded ? 'no keeper of what it left answers' : 'what it left is still there',
      }
    }
    return { ...report, endedLeftovers }
  }

  async #stopLeftoversOf(
    { id, spec }: Job,
    run: number,
    ask: StopAsk,
  ): Promise<{ ended: EndedLeftover[]; left: readonly Survivor[]; isUnguarded: boolean }> {
    const outcome = readOutcome(runPaths(runDir(this.#options.home, id, run)).outcome)
    if (outcome === null || outcome.leftovers.survivors.length === 0)
      return { ended: [], left: [], isUnguarded: false }
    const graceMs = ask.graceMs ?? spec.stop.graceMs
    const { ended, left, isUnguarded } = await stopLeftovers({
      path: keeperSocket(this.#options.home, id, run),
      outcome,
      reason: ask.reason,
      actor: ask.actor,
      graceMs,
      signal: ask.signal ?? null,
      withinMs: graceMs + BEYOND_GRACE_MS,
      onAsk: (members) => this.#recordLeftovers({ jobId: id, run }, { ask, members }),
    })
    return { ended: ended.map(({ pid, command }) => ({ run, pid, command })), left, isUnguarded }
  }

  #recordLeftovers(
    ref: { jobId: string; run: number },
    { ask, members }: { readonly ask: StopAsk; readonly members: readonly Survivor[] },
  ): void {
    this.#recordAsk(ref, { ask, data: { leftovers: members.length }, key: null })
  }

  #recordAsk(
    ref: { jobId: string; run: number },
    options: {
      readonly ask: StopAsk
      readonly data: { readonly leftovers?: number }
      readonly key: string | null
    },
  ): number | null {
    const { reason, graceMs, selector = null, surface, actor } = options.ask
    const event: NewEvent = {
      atMs: nowMs(),
      kind: 'stop_asked',
      ...ref,
      actor,
      causeSeq: null,
      data: { reason, graceMs, selector, surface, ...options.data },
      key: options.key,
    }
    return this.#recordStop(event)
  }

  /** A log that cannot be written holds up no stop: the run's own records say who asked, and are read again at its end. */
  #recordStop(event: NewEvent): number | null {
    const { hub, log } = this.#options
    let seq: number | null = null
    despiteFullDisk(log, 'a stop', () => {
      seq = hub.record(event)[0]?.seq ?? null
    })
    return seq
  }

  #record(ref: { jobId: string; run: number }, ask: StopAsk): number | null {
    return this.#recordAsk(ref, { ask, data: {}, key: keyOf('stop_asked', ref) })
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
        if (performance.now() > deadlineMs) return
        await sleep(RETRY_MS)
      }
    }
  }

  async #incomplete(jobId: string): Promise<StopReport> {
    const guard = this.#options.runs.guard(jobId)
    const survivors = guard === null ? [] : await readSurvivors(guard.link)
    const late = `the run has not ended within its grace and ${BEYOND_GRACE_MS / 1000} s more`
    if (survivors === null) return toReport('incomplete', null, `${late}, and its keeper does not answer`)
    const why =
      guard !== null && survivors.length === 0
        ? 'nothing of it is left, but its outcome is not written yet: the disk may be full'
        : late
    return toReport('incomplete', null, why, survivors)
  }
}

function toReport(
  result: StopReport['result'],
  outcome: Outcome | null,
  why: string,
  survivors: readonly Survivor[] = [],
): StopReport {
  return { result, outcome, survivors, endedLeftovers: [], calledOff: false, why }
}

function toEndReport(outcome: Outcome): StopReport {
  const { survivors } = outcome.leftovers
  return survivors.length === 0
    ? toReport('stopped', outcome, outcome.evidence)
    : toReport('incomplete', outcome, `${survivors.length} of its processes live on`, survivors)
}
