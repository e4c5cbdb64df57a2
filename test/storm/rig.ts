import type { Identity } from '../../src/core/identity/identity.ts'
import type { Outcome } from '../../src/core/run/outcome.ts'

/** One run in the storm, whoever has started it. */
export interface StormRun {
  /** `ID.N`, as the anchor knows it. */
  readonly name: string
  readonly dir: string
  readonly socket: string
  /** Returns once the bytes are accepted, whoever is killed meanwhile. */
  write(bytes: Uint8Array): Promise<void>
  closeInput(): Promise<void>
  readOutcome(): Outcome | null
}

export type LaneKind = 'fifo' | 'terminal' | 'stdin'

export interface StormStart {
  readonly argv: readonly string[]
  readonly kind: LaneKind
}

/** What runs the runs: anchor and keepers alone, or with a daemon and its API. */
export interface StormRig extends AsyncDisposable {
  /** A folder for what the runs write. */
  readonly dir: string
  readonly runtime: string
  start(request: StormStart): Promise<StormRun>
  /** null while there is none, or nobody can tell. */
  anchor(): Promise<Identity | null>
  daemon(): Promise<Identity | null>
  /** Returns once the anchor may be killed. */
  beforeAnchorDeath(): Promise<void>
  /** Sees to a new one, where nobody else does. */
  afterAnchorDeath(live: () => readonly StormRun[]): Promise<void>
  /** Faults that only the whole can show, such as events that are missing or doubled. */
  finalFaults(): Promise<string[]>
  /** Paths of the logs that fettle itself writes. */
  logs(): string[]
  /** Lets go of what a checked run has left on disk. */
  forget(run: StormRun): void
}
