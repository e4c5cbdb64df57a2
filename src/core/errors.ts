/**
 * The one error class and the closed catalogue of everything fettle can refuse or fail at.
 * A kind maps to exit code, HTTP status and MCP result; a code is never reused for another meaning.
 * A command that exits with 1 is an outcome, not an error.
 */
export type ErrorKind =
  | 'failed'
  | 'usage'
  | 'not_running'
  | 'not_found'
  | 'unreachable'
  | 'conflict'
  | 'refused'
  | 'partial'
  | 'timed_out'

/** code → kind. The order is that of `docs/reference/errors.md`, which a test compares. */
export const ERROR_CATALOGUE = {
  usage: 'usage',
  bad_value: 'usage',
  bad_config: 'usage',
  unknown_verb: 'usage',
  job_not_found: 'not_found',
  run_not_found: 'not_found',
  job_expired: 'not_found',
  consumer_not_found: 'not_found',
  ambiguous_selector: 'conflict',
  name_taken: 'conflict',
  job_not_running: 'not_running',
  job_not_finished: 'conflict',
  stdin_not_open: 'refused',
  not_a_terminal: 'refused',
  not_split: 'refused',
  not_owner: 'refused',
  own_ancestor: 'refused',
  confirmation_needed: 'refused',
  paused: 'refused',
  limit_reached: 'refused',
  descriptors_low: 'refused',
  home_refused: 'refused',
  unsupported_platform: 'refused',
  daemon_unreachable: 'unreachable',
  anchor_unreachable: 'unreachable',
  keeper_unreachable: 'unreachable',
  version_mismatch: 'conflict',
  start_failed: 'failed',
  stop_incomplete: 'partial',
  could_not_verify: 'failed',
  timed_out: 'timed_out',
  store_damaged: 'failed',
  store_newer: 'refused',
  store_unwritable: 'failed',
  output_unwritable: 'failed',
  internal: 'failed',
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof ERROR_CATALOGUE

/** What travels: the same object in CLI JSON, HTTP bodies and logs. */
export interface ErrorBody {
  readonly code: ErrorCode
  /** One sentence: what is, and what was expected. */
  readonly message: string
  /** What to do about it; empty when there is nothing to say. */
  readonly hint: string
  readonly data: Readonly<Record<string, unknown>>
}

export class FettleError extends Error {
  readonly code: ErrorCode
  readonly hint: string
  readonly data: Readonly<Record<string, unknown>>

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; data?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'FettleError'
    this.code = code
    this.hint = options.hint ?? ''
    this.data = options.data ?? {}
  }

  get kind(): ErrorKind {
    return ERROR_CATALOGUE[this.code]
  }

  toBody(): ErrorBody {
    return { code: this.code, message: this.message, hint: this.hint, data: this.data }
  }
}

const EXIT_CODES: Record<ErrorKind, number> = {
  failed: 1,
  timed_out: 1,
  usage: 2,
  not_running: 3,
  not_found: 4,
  unreachable: 5,
  conflict: 6,
  refused: 7,
  partial: 8,
}

const HTTP_STATUSES: Record<ErrorKind, number> = {
  failed: 500,
  timed_out: 504,
  usage: 400,
  not_running: 409,
  not_found: 404,
  unreachable: 503,
  conflict: 409,
  refused: 403,
  partial: 500,
}

export function toExitCode(kind: ErrorKind): number {
  return EXIT_CODES[kind]
}

export function toHttpStatus(kind: ErrorKind): number {
  return HTTP_STATUSES[kind]
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_CATALOGUE, value)
}

/** Reads an error body that came from outside; anything else becomes `internal`. */
export function toFettleError(value: unknown): FettleError {
  if (typeof value === 'object' && value !== null && 'code' in value && isErrorCode(value.code)) {
    const message = 'message' in value && typeof value.message === 'string' ? value.message : value.code
    const hint = 'hint' in value && typeof value.hint === 'string' ? value.hint : ''
    const data = 'data' in value && isRecord(value.data) ? value.data : {}
    return new FettleError(value.code, message, { hint, data })
  }
  return new FettleError('internal', `Unexpected answer: ${JSON.stringify(value)?.slice(0, 200)}`)
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
