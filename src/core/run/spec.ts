/**
 * What one run is started with, durable before exec (`spec.json`). No value of the environment is in it: names
 * only. Bytes that are not UTF-8 travel as base64 beside the text.
 */
export const SPEC_FORMAT = 1

export type StdinMode = 'none' | 'pipe' | 'pty'
export type LeftoversPolicy = 'stop' | 'keep' | 'report'
export type DiskFullPolicy = 'drop' | 'wait'

export interface RunSpec {
  readonly format: typeof SPEC_FORMAT
  /** argv verbatim; argv[0] is looked up in the run's PATH. */
  readonly argv: readonly string[]
  /** Base64 of argv where an element is not UTF-8, else null. */
  readonly argvBytes: readonly string[] | null
  readonly cwd: string
  readonly stdin: StdinMode
  /** A terminal of its own; stdin is then `pty`. */
  readonly pty: PtySize | null
  /** stdout and stderr in two streams, each exact in itself. */
  readonly split: boolean
  readonly envNames: readonly string[]
  /** Files of variables, absolute: read again for a start after the environment was lost. */
  readonly envFiles: readonly string[]
  readonly limits: Limits
  readonly stop: StopSpec
  readonly leftovers: LeftoversPolicy
  readonly restart: RestartPolicy
  readonly readiness: Readiness | null
  /** Jobs that must be ready, ended or ended well before this one starts. */
  readonly after: readonly AfterCondition[]
  readonly watch: WatchSpec
  readonly notify: boolean
  readonly caller: CallerTraits
}

export interface PtySize {
  readonly rows: number
  readonly cols: number
}

export interface Limits {
  /** Time awake (CLOCK_MONOTONIC) a run may take, ms; null is no limit. */
  readonly deadlineMs: number | null
  /** The same counted while the machine sleeps as well (CLOCK_BOOTTIME), ms. */
  readonly deadlineWallMs: number | null
  /** Time awake without output, ms. */
  readonly idleMs: number | null
  /** Resident memory of all of the run's processes, bytes. */
  readonly memoryBytes: number | null
  readonly processes: number | null
  readonly openFiles: number | null
  /** Output kept on disk per stream, bytes; the oldest whole segments go first. */
  readonly maxOutputBytes: number
  readonly diskFull: DiskFullPolicy
}

export interface StopSpec {
  /** Time between the first SIGTERM and SIGKILL, ms. */
  readonly graceMs: number
  /** First signal to the leader. */
  readonly signal: string
  /** Keys typed into a terminal before the first signal, null for none. */
  readonly keys: string | null
}

export interface RestartPolicy {
  readonly when: 'never' | 'on-failure' | 'always'
  /** First delay, ms; doubles with each failure up to maxDelayMs, with jitter. */
  readonly delayMs: number
  readonly maxDelayMs: number
  /** At most this many starts per window; more is a crash loop. */
  readonly budget: number
  readonly windowMs: number
}

export type Readiness =
  | { readonly kind: 'output'; readonly pattern: string; readonly timeoutMs: number }
  | { readonly kind: 'port'; readonly port: number; readonly timeoutMs: number }
  | { readonly kind: 'http'; readonly url: string; readonly timeoutMs: number }
  | { readonly kind: 'file'; readonly path: string; readonly timeoutMs: number }
  | { readonly kind: 'command'; readonly argv: readonly string[]; readonly timeoutMs: number }

export interface AfterCondition {
  /** Name or id of a job of the same owner. */
  readonly job: string
  readonly condition: 'ready' | 'exited' | 'ok'
}

export interface WatchSpec {
  /** Literal text, or `/regex/` for the linear-time engine. */
  readonly patterns: readonly string[]
  /** Least time between two matches told, ms. */
  readonly cooldownMs: number
  /** Strike windows in a row before delivery is switched off. */
  readonly strikes: number
}

/** What the caller's process had and the run gets back: Bun raises limits, the daemon has its own umask. */
export interface CallerTraits {
  readonly umask: number
  readonly nice: number
  /** Soft and hard limit of open files. */
  readonly openFiles: readonly [number, number]
}
