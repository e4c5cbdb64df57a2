import type { Identity } from '../identity/identity.ts'

/**
 * A run's life: `starting → running → stopping → exited | failed_to_start | lost`. `state.json` is written before
 * each step is taken (write-ahead), so whoever comes after a SIGKILL knows what was meant.
 * A job without a run, or between two, is `pending`: that is told from `job.json`.
 */
export const STATE_FORMAT = 1

export const RUN_STATE_NAMES = [
  'starting',
  'running',
  'stopping',
  'exited',
  'failed_to_start',
  'lost',
] as const

export type RunStateName = (typeof RUN_STATE_NAMES)[number]

export const FINISHED_STATES: ReadonlySet<RunStateName> = new Set(['exited', 'failed_to_start', 'lost'])

export interface RunState {
  readonly format: typeof STATE_FORMAT
  readonly hostId: string
  readonly bootId: string
  readonly name: RunStateName
  /** The run's first process; null until it has been spawned. */
  readonly leader: Identity | null
  /** Terminal of a PTY run, `/dev/pts/N`, else null. */
  readonly tty: string | null
  readonly keeper: Identity | null
  /** How many keepers this run has had; the first is 1. */
  readonly keeperGeneration: number
  readonly startedAtMs: number
  /** CLOCK_MONOTONIC at the start, ms; deadline counts from it. */
  readonly startedMonoMs: number
  /** CLOCK_BOOTTIME at the start, ms, which goes on while the machine sleeps; absent where an older keeper wrote. */
  readonly startedBootMs?: number | null
  readonly intent: StopIntent | null
  /** Deadline and idle limit as changed since the start; null (or absent) while the spec's hold. */
  readonly amended?: AmendedLimits | null
  /** Folder of the run's cgroup; null (or absent) where none could be made. */
  readonly cgroup?: string | null
  /** Everything accepted for stdin was given before its end, or the run reads no more; absent while it may be waited for. */
  readonly inputDone?: boolean
  readonly updatedAtMs: number
}

export interface AmendedLimits {
  readonly deadlineMs: number | null
  readonly idleMs: number | null
}

/** Why a run is being stopped, recorded before the first signal. */
export interface StopIntent {
  readonly reason: EndReason
  /** Who asked: `owner:NAME`, `keeper`, `daemon`. */
  readonly actor: string
  readonly graceMs: number
  /** First signal to the leader, when another than the spec's was asked for. */
  readonly signal?: string | null
  readonly atMs: number
  /** CLOCK_MONOTONIC, ms: the ladder's phases count from here, whichever keeper climbs it. */
  readonly monoMs: number
}

export type EndReason =
  | 'exit'
  | 'signal'
  | 'killed'
  | 'timed_out'
  | 'idle'
  | 'memory'
  | 'processes'
  | 'oom'
  | 'superseded'
  | 'reboot'
  | 'backend_lost'
  | 'start'
