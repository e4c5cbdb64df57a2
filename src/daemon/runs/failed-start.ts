import { OUTCOME_FORMAT, type Outcome, type StartFailure } from '../../core/run/outcome.ts'
import type { EndReason } from '../../core/run/state.ts'

/** The outcome of a run that the daemon itself could not bring to its keeper. */
export function failedStart(options: {
  readonly hostId: string
  readonly bootId: string
  readonly nowMs: number
  readonly reason: EndReason
  readonly actor: string
  readonly evidence: string
  readonly failure: StartFailure | null
}): Outcome {
  const { nowMs, ...rest } = options
  return {
    format: OUTCOME_FORMAT,
    state: 'failed_to_start',
    code: null,
    signal: null,
    coreDumped: false,
    // No process was ever made: that is known for certain.
    source: 'waited',
    startedAtMs: nowMs,
    endedAtMs: nowMs,
    cpuMs: null,
    maxRssBytes: null,
    leftovers: { proof: 'empty', stopped: 0, survivors: [] },
    ...rest,
  }
}

export const ENV_LOST: StartFailure = {
  stage: 'env',
  errno: 'ENOENT',
  message: 'The environment for this run is held by nobody any more (env lost)',
}
