/**
 * What is said to the anchor over its socket, a JSON object per line, each answered by one line. The anchor knows no
 * policy; the protocol only grows.
 */
export const ANCHOR_PROTOCOL = 1

export type AnchorRequest =
  /** `daemon`: the caller is the daemon; the anchor keeps it alive though it may be no child of its own. */
  | { readonly op: 'hello'; readonly daemon?: boolean }
  | {
      readonly op: 'start'
      /** `ID.N` */
      readonly run: string
      readonly dir: string
      readonly socket: string
      readonly pty: { readonly rows: number; readonly cols: number } | null
      readonly split: boolean
      readonly stdin: 'none' | 'pipe' | 'pty'
      /** The run's whole environment, `K=V\0…` as base64: kept in a sealed memfd, never on disk. */
      readonly env: string
      /** Keep the environment after the run has ended, for the job's next run, until `forget_env`. */
      readonly keepEnv?: boolean
    }
  /** Take a live run over from its keeper (a new anchor after the old one died). */
  | { readonly op: 'adopt'; readonly run: string; readonly dir: string; readonly socket: string }
  /** Close this run's stdin hand: `input.closed` is on disk. */
  | { readonly op: 'close_input'; readonly run: string }
  /** Environment of an earlier run of the job, for its next: answered by the held memfd's content. */
  | { readonly op: 'env'; readonly run: string }
  | { readonly op: 'forget_env'; readonly run: string }
  /** Keep the environment of a run that is to be started later, until it is started or forgotten. */
  | { readonly op: 'hold_env'; readonly run: string; readonly env: string }
  | { readonly op: 'list' }
  /** Start the daemon (idempotent) and keep it alive. */
  | {
      readonly op: 'daemon_start'
      /** Binary of the daemon: after an upgrade another one than the anchor's own, which is not restarted. */
      readonly binary?: string
    }
  /** The daemon is about to end because somebody asked: do not start it again. */
  | { readonly op: 'daemon_stop' }

export type AnchorReply =
  | {
      readonly t: 'hello'
      readonly protocol: number
      readonly version: string
      readonly pid: number
      readonly runs: readonly HeldRun[]
      readonly daemonPid: number | null
    }
  | { readonly t: 'started'; readonly keeperPid: number }
  | { readonly t: 'ok' }
  | { readonly t: 'env'; readonly env: string }
  | {
      readonly t: 'list'
      readonly runs: readonly HeldRun[]
      /** Runs whose environment is held though they have ended or not begun: `ID.N`. */
      readonly envs: readonly string[]
    }
  /** `data` of a failed start: `stage` and `errno`, where they are known. */
  | {
      readonly t: 'error'
      readonly code: string
      readonly message: string
      readonly data?: Readonly<Record<string, unknown>>
    }

export interface HeldRun {
  readonly run: string
  readonly keeperPid: number | null
  readonly generation: number
}
