/**
 * What is said to a keeper over its socket, a JSON object per line, and what it answers. Hand-checked: a keeper
 * loads no schema library. The protocol only grows; a field that is not known is passed over.
 */
export const KEEPER_PROTOCOL = 1

export type KeeperRequest =
  /** First on each connection; answered by `hello`, then `status` whenever something changes. */
  | { readonly op: 'hello'; readonly subscribe: boolean }
  | { readonly op: 'status' }
  /** Ask for `output` rings (coalesced): someone watches or follows. The only request without an answer. */
  | { readonly op: 'rings'; readonly on: boolean }
  | {
      readonly op: 'stop'
      readonly reason: string
      readonly actor: string
      readonly graceMs: number | null
      /** First signal to the leader, instead of the spec's. */
      readonly signal?: string
    }
  /** One signal, no ladder. `target`: the leader, or everyone of the run. */
  | {
      readonly op: 'signal'
      readonly signal: string
      readonly target: 'leader' | 'all'
      readonly actor: string
    }
  /** The input log has grown, or `input.closed` is there. */
  | { readonly op: 'input' }
  | { readonly op: 'resize'; readonly rows: number; readonly cols: number }
  /** New deadline or idle limit, ms from the run's start; null takes it away, absent leaves it. */
  | { readonly op: 'amend'; readonly deadlineMs?: number | null; readonly idleMs?: number | null }
  /** Give up the oldest output until at most so many bytes are kept; answered with `kept`. */
  | { readonly op: 'trim'; readonly keepBytes: number }
  | { readonly op: 'members' }
  /** From a new anchor: answered by one message that carries the run's descriptors (SCM_RIGHTS). */
  | { readonly op: 'handover' }

export interface KeeperStatus {
  readonly state: string
  readonly leader: { readonly pid: number; readonly startTicks: number } | null
  readonly out: number
  readonly err: number
  /** Bytes of the input log that the run's stdin has taken. */
  readonly inputTaken: number
  readonly outEof: boolean
  readonly generation: number
  readonly droppedBytes: number
  readonly limits: { readonly deadlineMs: number | null; readonly idleMs: number | null }
}

export type KeeperMessage =
  | {
      readonly t: 'hello'
      readonly protocol: number
      readonly version: string
      readonly pid: number
      readonly status: KeeperStatus
    }
  | { readonly t: 'status'; readonly status: KeeperStatus }
  | { readonly t: 'output'; readonly out: number; readonly err: number }
  /** A fact worth an event: `limit_breached`, `signal_sent`, `disk_full`, `survivors`, `late_output`, … */
  | ({ readonly t: 'fact' } & ToldFact)
  | { readonly t: 'outcome' }
  | { readonly t: 'ok'; readonly data?: Record<string, unknown> }
  | { readonly t: 'error'; readonly code: string; readonly message: string }

/** `n` and `atMs` as in the run's `facts.jsonl`; -1 for what is not kept there. */
export interface ToldFact {
  readonly n: number
  readonly atMs: number
  readonly kind: string
  readonly data: Record<string, unknown>
}

export interface MemberInfo {
  readonly pid: number
  readonly ppid: number
  readonly startTicks: number
  readonly state: string
  readonly command: string
  readonly rssBytes: number
  readonly cpuMs: number
}
