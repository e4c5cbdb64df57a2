import type { Limits, PtySize, RestartPolicy, StopSpec, WatchSpec } from '../../core/run/spec.ts'

/** What a run gets where its request says nothing. The only place where these figures are written. */
export const DEFAULT_LIMITS: Limits = {
  deadlineMs: null,
  deadlineWallMs: null,
  idleMs: null,
  memoryBytes: null,
  processes: null,
  openFiles: null,
  maxOutputBytes: 1024 * 1024 * 1024,
  diskFull: 'drop',
}

export const DEFAULT_STOP: StopSpec = { graceMs: 2000, signal: 'SIGTERM', keys: null }

export const DEFAULT_RESTART: RestartPolicy = {
  when: 'never',
  delayMs: 1000,
  maxDelayMs: 60_000,
  budget: 10,
  windowMs: 600_000,
}

export const DEFAULT_WATCH: WatchSpec = { patterns: [], cooldownMs: 15_000, strikes: 3 }

export const DEFAULT_PTY: PtySize = { rows: 30, cols: 120 }

export const DEFAULT_READINESS_TIMEOUT_MS = 60_000
