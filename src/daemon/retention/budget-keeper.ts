import { closeSync, openSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { FettleError, isRecord } from '../../core/errors.ts'
import {
  chooseBudgetSteps,
  type BudgetStep,
  type HeldOutput,
  type OutputBudgets,
} from '../../core/retention/budgets.ts'
import { nowMs } from '../../platform/clock.ts'
import { namesIn } from '../../platform/files/names-in.ts'
import { runDir, runPaths, segmentName, type Home, type StreamName } from '../../store/layout.ts'
import { listSegments } from '../../store/output/segments.ts'
import { listGuardedRuns } from '../../store/run-files/guarded-runs.ts'
import type { EventHub } from '../events/event-hub.ts'
import { isOver, type JobEntry, type JobTable } from '../jobs/job-table.ts'
import type { DaemonLog } from '../log.ts'
import type { Runs } from '../runs/runs.ts'
import type { RetentionSweep } from './retention-sweep.ts'

export interface BudgetKeeperOptions {
  readonly home: Home
  readonly log: DaemonLog
  readonly hub: EventHub
  readonly jobs: JobTable
  readonly runs: Runs
  readonly sweep: RetentionSweep
  readonly budgets: OutputBudgets
}

const LOOK_EACH_MS = 5_000

/**
 * Keeps the output of an owner's jobs, and of all jobs, within its budget, also while they run. Looks only where a
 * budget is set and something lives that may grow.
 */
export class BudgetKeeper {
  readonly #options: BudgetKeeperOptions
  readonly #timer: ReturnType<typeof setInterval> | null
  /** Size of the output of ended runs, by the time their folder changed. */
  readonly #measured = new Map<string, { readonly changedMs: number; readonly bytes: number }>()
  #isLooking = false

  constructor(options: BudgetKeeperOptions) {
    this.#options = options
    const { ownerOutputBytes, hostOutputBytes } = options.budgets
    this.#timer =
      ownerOutputBytes === null && hostOutputBytes === null
        ? null
        : setInterval(() => {
            if (options.runs.size === 0) return
            this.look().catch((error: unknown) => options.log.error('budgets', { error }))
          }, LOOK_EACH_MS)
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
  }

  async look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      for (const step of chooseBudgetSteps(this.#held(), this.#options.budgets)) await this.#take(step)
    } finally {
      this.#isLooking = false
    }
  }

  #held(): HeldOutput[] {
    const { home, jobs, sweep } = this.#options
    const untold = sweep.untold()
    // What an ended run has left may print still.
    const guarded = new Set(listGuardedRuns(home).map(({ id, n }) => `${id}.${n}`))
    return jobs.all().flatMap((entry) => {
      const { job } = entry
      const runs = Array.from({ length: job.runs }, (_, i) => i + 1)
      const of = (run: number, kind: HeldOutput['kind']): HeldOutput => ({
        jobId: job.id,
        run,
        owner: job.owner,
        bytes: this.#bytesOf(job.id, run, kind === 'living'),
        kind,
        endedAtMs: kind === 'living' ? null : endOf(entry, run),
        isHeld: guarded.has(`${job.id}.${run}`) || (kind === 'finished' && untold.has(job.id)),
      })
      if (!isOver(entry)) {
        const isLiving = entry.run?.outcome === null
        return runs.map((run) => of(run, run === job.runs && isLiving ? 'living' : 'earlier'))
      }
      // A finished job goes as a whole.
      const all = runs.map((run) => of(run, 'finished'))
      const last = all.at(-1)
      const bytes = all.reduce((sum, one) => sum + one.bytes, 0)
      return last === undefined ? [] : [{ ...last, bytes, isHeld: all.some(({ isHeld }) => isHeld) }]
    })
  }

  #bytesOf(id: string, run: number, isLiving: boolean): number {
    const { output } = runPaths(runDir(this.#options.home, id, run))
    const changedMs = statSync(output, { throwIfNoEntry: false })?.mtimeMs
    if (changedMs === undefined) return 0
    const key = `${id}.${run}`
    const known = this.#measured.get(key)
    if (!isLiving && known?.changedMs === changedMs) return known.bytes
    const bytes = sizeOnDisk(output)
    if (!isLiving) this.#measured.set(key, { changedMs, bytes })
    return bytes
  }

  async #take(step: BudgetStep): Promise<void> {
    const { runs, sweep, log } = this.#options
    switch (step.kind) {
      case 'expire':
        sweep.expire(step.jobId, 'budget')
        return
      case 'drop_run':
        this.#dropRun(step)
        return
      case 'trim': {
        const guard = runs.guard(step.jobId)
        if (guard === null || guard.n !== step.run) return
        try {
          await guard.link.request({ op: 'trim', keepBytes: step.keepBytes })
        } catch (error) {
          // Being replaced, or of a version that does not know how: the next look comes.
          if (!(error instanceof FettleError) && !isRecord(error)) throw error
          log.warn('output could not be trimmed', { run: `${step.jobId}.${step.run}`, error })
        }
      }
    }
  }

  /** Its output goes; an empty segment at its end goes on saying how much there was. */
  #dropRun({ jobId, run }: { readonly jobId: string; readonly run: number }): void {
    const { home, hub } = this.#options
    const { output } = runPaths(runDir(home, jobId, run))
    const bytes = dropStream(output, 'out') + dropStream(output, 'err')
    this.#measured.delete(`${jobId}.${run}`)
    hub.record({
      atMs: nowMs(),
      kind: 'output_dropped',
      jobId,
      run,
      actor: 'daemon',
      causeSeq: null,
      data: { bytes, why: 'budget' },
      key: null,
    })
  }
}

/** How much of what was printed is gone with it. */
function dropStream(dir: string, stream: StreamName): number {
  const segments = listSegments(dir, stream)
  const end = segments.at(-1)?.to ?? 0
  if (end === 0) return 0
  const mark = join(dir, segmentName(stream, end))
  closeSync(openSync(mark, 'a', 0o600))
  for (const { path } of segments) if (path !== mark) unlinkSync(path)
  return segments.reduce((sum, { from, to }) => sum + to - from, 0)
}

function endOf({ job, run }: JobEntry, n: number): number {
  const endedAtMs = run?.n === n ? run.outcome?.endedAtMs : null
  // Runs of one job go in their order.
  return endedAtMs ?? job.createdAtMs + n
}

function sizeOnDisk(dir: string): number {
  return namesIn(dir).reduce(
    (sum, name) => sum + (statSync(join(dir, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  )
}
