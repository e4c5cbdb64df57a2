import type { RunSpec } from '../run/spec.ts'

/** `proc_` + 12 lower-case hex digits. */
export type JobId = string

export const JOB_FORMAT = 1

/**
 * What somebody asked for, kept apart from its runs: `job.json`. A run is one incarnation of it.
 * `spec` is what the next run will be started with.
 */
export interface Job {
  readonly format: typeof JOB_FORMAT
  readonly hostId: string
  readonly id: JobId
  readonly name: string | null
  /** Whom the job belongs to: a session key of a person's shell, an agent or a chat. */
  readonly owner: string
  readonly task: string | null
  readonly labels: Readonly<Record<string, string>>
  /** What is wanted, apart from what is observed: a stopped job is not restarted. */
  readonly desired: 'running' | 'stopped'
  readonly createdAtMs: number
  /** Key of the request that made the job: the same request sent again answers this job. */
  readonly requestKey?: string | null
  /** Number of the newest run, from 1; 0 while the first has not been made. */
  readonly runs: number
  readonly spec: RunSpec
  readonly restart: RestartCounters
  readonly notify: NotifyState
}

export interface RestartCounters {
  /** Times (epoch ms) of the starts that count against the budget, oldest first. */
  readonly startsMs: readonly number[]
  readonly crashLoop: boolean
  /** When the next start is due, null when none is planned. */
  readonly nextStartMs: number | null
}

/** Watch and notify switches that change while the job lives (three strikes promote to notify). */
export interface NotifyState {
  readonly onExit: boolean
  readonly watchDisabled: boolean
}
