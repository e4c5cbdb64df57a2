import type { EndReason } from './state.ts'

/** How a run ended: `outcome.json`, written once and never rewritten into something else. */
export const OUTCOME_FORMAT = 1

/** How the exit status was learned. `lost`: nobody can know it, and it is never called 0. */
export type OutcomeSource = 'waited' | 'pidfd' | 'zombie' | 'lost'

/** Where a start failed. */
export type StartStage = 'cwd' | 'lookup' | 'exec' | 'pty' | 'limits' | 'env'

export interface Outcome {
  readonly format: typeof OUTCOME_FORMAT
  readonly hostId: string
  readonly bootId: string
  readonly state: 'exited' | 'failed_to_start' | 'lost'
  /** Exit code, or null when a signal ended it or nobody knows. */
  readonly code: number | null
  readonly signal: string | null
  readonly coreDumped: boolean
  readonly source: OutcomeSource
  readonly reason: EndReason
  readonly actor: string
  /** One sentence of evidence for a person: what is known and from where. */
  readonly evidence: string
  readonly startedAtMs: number
  readonly endedAtMs: number
  /** User and system CPU time of the leader and what it waited for, ms; null when not known. */
  readonly cpuMs: number | null
  readonly maxRssBytes: number | null
  readonly failure: StartFailure | null
  /** What was left of the run's processes after the leader ended, and what became of it. */
  readonly leftovers: Leftovers
}

export interface StartFailure {
  readonly stage: StartStage
  /** `ENOENT`, `EACCES`, … */
  readonly errno: string
  readonly message: string
}

export interface Leftovers {
  /** `empty`: the kernel said ECHILD. `listed`: a listing found nobody. `survivors`: some live on. */
  readonly proof: 'empty' | 'listed' | 'survivors'
  readonly stopped: number
  readonly survivors: readonly Survivor[]
}

export interface Survivor {
  readonly pid: number
  readonly startTicks: number
  readonly command: string
  readonly why: string
}
