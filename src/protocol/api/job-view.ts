import type { Job } from '../../core/job/job.ts'
import { redactOutcome } from '../../core/redact/redact-outcome.ts'
import type { Outcome } from '../../core/run/outcome.ts'
import type { RunSpec } from '../../core/run/spec.ts'
import type { AmendedLimits, RunState, RunStateName } from '../../core/run/state.ts'

/** A job as every surface shows it: `ps --json`, `run --json`, the API. It carries no value of the environment. */
export interface JobView {
  readonly format: 1
  readonly hostId: string
  readonly id: string
  readonly name: string | null
  readonly owner: string
  readonly task: string | null
  readonly labels: Readonly<Record<string, string>>
  readonly state: 'pending' | RunStateName
  readonly desired: Job['desired']
  readonly run: RunView | null
  readonly outcome: Outcome | null
  /** argv is redacted. */
  readonly spec: RunSpec
  readonly restart: Job['restart']
  readonly createdAtMs: number
  readonly output: { readonly bytes: number; readonly droppedBytes: number }
}

export interface RunView {
  readonly n: number
  readonly pid: number | null
  readonly startTicks: number | null
  readonly startedAtMs: number
  readonly keeperGeneration: number
  /** Deadline and idle limit as changed since the start; null while the spec's hold. */
  readonly amended: AmendedLimits | null
}

export interface JobViewSource {
  /** With its spec as it may be shown. */
  readonly job: Job
  readonly state: RunState | null
  readonly outcome: Outcome | null
  readonly output: { readonly bytes: number; readonly droppedBytes: number }
}

/** `outcome` wins over `state`: a keeper writes it last. A run that has been made but not begun is `pending`. */
export function toJobView(source: JobViewSource): JobView {
  const { job, state, outcome, output } = source
  return {
    format: 1,
    hostId: job.hostId,
    id: job.id,
    name: job.name,
    owner: job.owner,
    task: job.task,
    labels: job.labels,
    state: outcome?.state ?? state?.name ?? 'pending',
    desired: job.desired,
    run:
      job.runs === 0 || state === null
        ? null
        : {
            n: job.runs,
            pid: state.leader?.pid ?? null,
            startTicks: state.leader?.startTicks ?? null,
            startedAtMs: state.startedAtMs,
            keeperGeneration: state.keeperGeneration,
            amended: state.amended ?? null,
          },
    outcome: outcome === null ? null : redactOutcome(outcome),
    // The bytes of argv say the same as the text and cannot be redacted as text: they stay on disk.
    spec: { ...job.spec, argvBytes: null },
    restart: job.restart,
    createdAtMs: job.createdAtMs,
    output,
  }
}
