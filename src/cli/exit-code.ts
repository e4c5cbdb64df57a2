import { toExitCode } from '../core/errors.ts'
import type { FettleError } from '../core/errors.ts'

/** fettle's own failure where the code is otherwise the job's. */
export const OWN_FAILURE = 125
export const TIMED_OUT = 124
/** A wait that Ctrl-C ended; what was waited for goes on. */
export const INTERRUPTED = 130

/** For the verbs that pass a job's code. */
export function toWaitFailureCode(error: FettleError): number {
  return error.kind === 'timed_out' ? TIMED_OUT : OWN_FAILURE
}

export function toVerbExitCode(error: FettleError, passesJobCode: boolean): number {
  return passesJobCode ? toWaitFailureCode(error) : toExitCode(error.kind)
}
