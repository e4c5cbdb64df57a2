import type { Job } from '../../core/job/job.ts'
import type { Selectable } from '../../core/job/selector.ts'
import type { Outcome } from '../../core/run/outcome.ts'
import type { RunState, RunStateName } from '../../core/run/state.ts'
import { isUnwritable } from '../../platform/files/unwritable.ts'
import { toJobView, type JobView } from '../../protocol/api/job-view.ts'
import { jobFile, runDir, runPaths, type Home } from '../../store/layout.ts'
import { measureOutput } from '../../store/output/segments.ts'
import { redactSpec } from '../../store/run-files/job-views.ts'
import { writeJob } from '../../store/run-files/job.ts'

const SAVE_AGAIN_MS = 1_000

/** A job's newest run, as far as this daemon knows. */
export interface RunFacts {
  readonly n: number
  readonly state: RunState | null
  readonly outcome: Outcome | null
  readonly isReady: boolean
  /** Why readiness will not come any more, null while it may. */
  readonly notReady: string | null
}

export interface JobEntry {
  readonly job: Job
  readonly run: RunFacts | null
}

/**
 * All jobs, in memory as on disk: `job.json` is written before the change is seen by anyone. Waiters are woken by each
 * change of a job.
 */
export class JobTable {
  readonly #home: Home
  readonly #entries = new Map<string, JobEntry>()
  readonly #byRequestKey = new Map<string, string>()
  readonly #listeners = new Set<(entry: JobEntry) => void>()
  /** Output of a finished run does not grow: it is measured once. */
  readonly #measured = new Map<string, JobView['output']>()

  /** Jobs whose last change the disk did not take. */
  readonly #unsaved = new Set<string>()
  #retry: ReturnType<typeof setInterval> | null = null

  constructor(home: Home) {
    this.#home = home
  }

  close(): void {
    if (this.#retry !== null) clearInterval(this.#retry)
    this.#retry = null
  }

  get size(): number {
    return this.#entries.size
  }

  all(): JobEntry[] {
    return [...this.#entries.values()]
  }

  get(id: string): JobEntry | undefined {
    return this.#entries.get(id)
  }

  findByRequestKey(owner: string, requestKey: string): JobEntry | undefined {
    const id = this.#byRequestKey.get(`${owner}\0${requestKey}`)
    return id === undefined ? undefined : this.#entries.get(id)
  }

  /** As found on disk. */
  load(job: Job, run: RunFacts | null): void {
    this.#entries.set(job.id, { job, run })
    this.#remember(job)
  }

  /** A job that is about to be written down: whose it is, is known from now on. */
  announce(job: Job): void {
    this.load(job, null)
  }

  /** Writes `job.json`, then shows the change. Without `fsync` the caller sees to the medium. */
  save(job: Job, options?: { readonly fsync: boolean }): JobEntry {
    writeJob(jobFile(this.#home, job.id), job, options)
    this.#unsaved.delete(job.id)
    return this.#show(job)
  }

  /**
   * For an order that has to be obeyed when the disk takes nothing as well: in force at once, and written as soon as
   * there is room.
   */
  saveWhenPossible(job: Job): void {
    try {
      this.save(job, { fsync: false })
    } catch (error) {
      if (!isUnwritable(error)) throw error
      this.#show(job)
      this.#unsaved.add(job.id)
      this.#retry ??= setInterval(() => this.#saveHeld(), SAVE_AGAIN_MS).unref()
    }
  }

  /** What was learned of the newest run; it is on disk already, or is not kept there. */
  setRun(id: string, run: RunFacts): void {
    const before = this.#entries.get(id)
    if (before === undefined) return
    const entry = { job: before.job, run }
    this.#entries.set(id, entry)
    this.#tell(entry)
  }

  remove(id: string): void {
    const entry = this.#entries.get(id)
    this.#entries.delete(id)
    this.#measured.delete(id)
    const key = entry?.job.requestKey
    if (entry !== undefined && typeof key === 'string')
      this.#byRequestKey.delete(`${entry.job.owner}\0${key}`)
  }

  listen(listener: (entry: JobEntry) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  view(entry: JobEntry): JobView {
    const { job, run } = entry
    return toJobView({
      job: { ...job, spec: redactSpec(job.spec) },
      state: run?.state ?? null,
      outcome: run?.outcome ?? null,
      output: this.#measure(entry),
    })
  }

  #measure({ job, run }: JobEntry): JobView['output'] {
    const known = this.#measured.get(job.id)
    if (known !== undefined) return known
    if (job.runs === 0) return { bytes: 0, droppedBytes: 0 }
    const dir = runPaths(runDir(this.#home, job.id, job.runs)).output
    const out = measureOutput(dir, 'out')
    const err = job.spec.split ? measureOutput(dir, 'err') : { bytes: 0, droppedBytes: 0 }
    const size = { bytes: out.bytes + err.bytes, droppedBytes: out.droppedBytes + err.droppedBytes }
    if (isOver({ job, run }) && run?.outcome?.leftovers.proof === 'empty') this.#measured.set(job.id, size)
    return size
  }

  #show(job: Job): JobEntry {
    this.#remember(job)
    const entry: JobEntry = { job, run: this.#entries.get(job.id)?.run ?? null }
    this.#entries.set(job.id, entry)
    this.#tell(entry)
    return entry
  }

  #saveHeld(): void {
    try {
      for (const id of this.#unsaved) {
        const job = this.#entries.get(id)?.job
        if (job !== undefined) this.save(job)
        this.#unsaved.delete(id)
      }
    } catch (error) {
      if (isUnwritable(error)) return
      throw error
    }
    this.close()
  }

  #remember(job: Job): void {
    if (typeof job.requestKey === 'string') this.#byRequestKey.set(`${job.owner}\0${job.requestKey}`, job.id)
  }

  #tell(entry: JobEntry): void {
    if (entry.run?.outcome === null) this.#measured.delete(entry.job.id)
    for (const listener of this.#listeners) listener(entry)
  }
}

export function stateOf({ job, run }: JobEntry): 'pending' | RunStateName {
  if (run === null || run.n < job.runs) return 'pending'
  return run.outcome?.state ?? run.state?.name ?? 'pending'
}

export function toSelectable(entry: JobEntry): Selectable & { readonly entry: JobEntry } {
  const { id, name, owner, task, labels, createdAtMs, restart } = entry.job
  return { id, name, owner, task, labels, createdAtMs, restart, state: stateOf(entry), entry }
}

/** Nothing of the job runs, and nothing will without somebody asking. */
export function isOver({ job, run }: JobEntry): boolean {
  return run !== null && run.n === job.runs && run.outcome !== null && job.restart.nextStartMs === null
}
