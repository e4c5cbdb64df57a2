import type { Job } from '../../core/job/job.ts'
import type { Outcome } from '../../core/run/outcome.ts'
import type { RunState } from '../../core/run/state.ts'

/** What a new daemon finds of a job. */
export interface FoundJob {
  readonly job: Job
  readonly state: RunState | null
  readonly outcome: Outcome | null
  /** The outcome is on disk, and not only concluded from another boot's state. */
  readonly isOutcomeWritten: boolean
  /** The anchor has the newest run in its hands. */
  readonly isHeld: boolean
}

export type ReconcileStep =
  /** Nothing of it runs: tell what was not told, and decide about the next start again. */
  | { readonly kind: 'ended'; readonly outcome: Outcome; readonly write: boolean }
  /** It lives, or its keeper is about to say that it does not. */
  | { readonly kind: 'attach' }
  /** It waits for its first start: its environment, if anybody has it, is the anchor's. */
  | { readonly kind: 'wait' }
  /** The last daemon died between writing it down and handing it over. */
  | { readonly kind: 'never_started' }

export function reconcileJob({ job, state, outcome, isOutcomeWritten, isHeld }: FoundJob): ReconcileStep {
  if (job.runs === 0) return { kind: 'wait' }
  if (outcome !== null) return { kind: 'ended', outcome, write: !isOutcomeWritten }
  if (state !== null || isHeld) return { kind: 'attach' }
  return { kind: 'never_started' }
}
