import type { RetentionLimits } from '../retention/retention.ts'
import type { Limits, StopSpec } from '../run/spec.ts'

/** What a run may ask of the daemon. */
export type RunPermission = 'all' | 'own' | 'read' | 'nothing'

/**
 * Settings of a home, from `config.toml` and from variables of the environment, which win. What is said for one run
 * wins over both.
 */
export interface Settings {
  /** What a run gets where its start says nothing. */
  readonly run: RunDefaults
  readonly budgets: Budgets
  readonly retention: RetentionLimits
  readonly runPermission: RunPermission
  /** Names of further fields and variables whose values are masked. */
  readonly secretNames: readonly string[]
}

export type RunDefaults = Partial<Limits> & Partial<Pick<StopSpec, 'graceMs'>>

export interface Budgets {
  /** Jobs of one owner that may be unfinished at a time. */
  readonly jobsPerOwner: number
  /** Output on disk of all jobs of one owner, living ones too, bytes; null is no budget. */
  readonly ownerOutputBytes: number | null
  /** The same of all jobs of this host. */
  readonly hostOutputBytes: number | null
}

export const DEFAULT_SETTINGS: Settings = {
  run: {},
  budgets: { jobsPerOwner: 1_000, ownerOutputBytes: null, hostOutputBytes: null },
  retention: { maxAgeMs: 7 * 24 * 3_600_000, maxJobs: 500, maxBytes: 20_000_000_000 },
  runPermission: 'own',
  secretNames: [],
}
