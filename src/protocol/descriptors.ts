/**
 * The descriptors of a run that both its hands hold, and the numbers at which a keeper finds them when the anchor
 * starts it. Which of them a run has follows from how it was started; the keeper is told the names.
 */
export const HANDED = {
  /** Stream socket between anchor and keeper. */
  control: 3,
  out: 4,
  err: 5,
  /** Terminal master. */
  master: 6,
  /** Pipe between terminal and segment: splice needs one, and what is in it must outlive a keeper. */
  ptyRead: 7,
  ptyWrite: 8,
  /** Write end of the run's stdin. */
  stdin: 9,
  /** The input log, one open file description for both hands: its offset is what the run has been given. */
  inputLog: 10,
  /** Pipe between input log and terminal. */
  inRead: 11,
  inWrite: 12,
  /** Sealed memfd with the run's environment. */
  env: 13,
} as const

export type DescriptorName = keyof typeof HANDED

export type Descriptors = Partial<Record<DescriptorName, number>>

/** Names in their fixed order, as they are told in an argument or beside SCM_RIGHTS. */
export function namesOf(descriptors: Descriptors): DescriptorName[] {
  return Object.keys(HANDED).filter(
    (name): name is DescriptorName => isDescriptorName(name) && descriptors[name] !== undefined,
  )
}

export function isDescriptorName(name: string): name is DescriptorName {
  return Object.hasOwn(HANDED, name)
}

/** A keeper's exit code when another one keeps the run already. */
export const KEPT_EXIT_CODE = 75

/** What a keeper is to keep: its arguments, or what a spare one is sent beside its descriptors. */
export interface Assignment {
  readonly dir: string
  readonly socket: string
  readonly hostId: string
  readonly mode: 'start' | 'adopt'
  readonly generation: number
  /** `/dev/pts/N`, empty without a terminal. */
  readonly tty: string
  /** Names of the descriptors, in the order in which they are passed; the control socket is not among them. */
  readonly names: readonly DescriptorName[]
}

/** What a keeper says to a new anchor beside its descriptors, in the order of `names`. */
export interface Handover {
  readonly names: readonly DescriptorName[]
  readonly leader: { readonly pid: number; readonly startTicks: number } | null
  readonly generation: number
  readonly tty: string
}

/** Anchor → keeper on the control socket. */
export type ControlToKeeper =
  /**
   * The leader has ended. Reaped by us or by a keeper before, and then `reaped.json` says the same where the disk took
   * it; or learned of a stranger, as `source` says.
   */
  | ({ readonly t: 'reaped'; readonly source: 'waited' | 'pidfd' | 'zombie' } & EndStatus)
  /** To a successor that finds no leader on record: what the anchor knows of its birth. */
  | ({ readonly t: 'unclaimed' } & Birth)

export interface Birth {
  /** Told by the keeper that was killed before it could write it down; null when it was not told either. */
  readonly leader: { readonly pid: number; readonly startTicks: number } | null
  /** No keeper of the run came as far as starting its first process. */
  readonly notLaunched: boolean
  /** This anchor has held the run from its start, and gets orphans: whatever was born and orphaned has come to it. */
  readonly fromStart: boolean
  /** Pids whose part is known: first processes of runs, and keepers. */
  readonly taken: readonly number[]
  /** Children that came to the anchor and ended without anybody having claimed them (`UnclaimedChild`). */
  readonly list: readonly unknown[]
}

export interface EndStatus {
  readonly code: number | null
  /** `SIGTERM`, … */
  readonly signal: string | null
  readonly coreDumped: boolean
}

export interface UnclaimedChild extends EndStatus {
  readonly pid: number
  readonly session: number
  readonly startTicks: number
}

/** Keeper → anchor on the control socket. */
export type ControlToAnchor =
  /** A spare keeper has loaded everything and waits for its run. */
  | { readonly t: 'ready' }
  /** Right before the leader is started: from here on it may have been born. */
  | { readonly t: 'launching' }
  | { readonly t: 'leader'; readonly pid: number; readonly startTicks: number }
  /** Before the leader is reaped: a full disk may not have taken `reaped.json`. */
  | ({ readonly t: 'ended' } & EndStatus)
  /** Everything is written and nothing of the run is left: let go of it. */
  | { readonly t: 'done' }
  | { readonly t: 'input_closed' }
  | { readonly t: 'ask_unclaimed' }
