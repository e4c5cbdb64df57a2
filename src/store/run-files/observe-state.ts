import { OUTCOME_FORMAT, type Outcome } from '../../core/run/outcome.ts'
import { FINISHED_STATES, type RunState } from '../../core/run/state.ts'

export interface Observed {
  readonly state: RunState | null
  /** The recorded outcome, or that of a run which another boot took with it. */
  readonly outcome: Outcome | null
}

/**
 * What is true of a run now, from what its files say. A run that says it runs, in a boot that is over, is lost by the
 * reboot: nobody can know its exit status. The files are left as they are; the daemon writes the outcome down.
 */
export function observeState(options: Observed & { readonly bootId: string }): Observed {
  const { state, outcome, bootId } = options
  if (outcome !== null || state === null || FINISHED_STATES.has(state.name) || state.bootId === bootId) {
    return { state, outcome }
  }
  return { state: { ...state, name: 'lost' }, outcome: lostToReboot(state, bootId) }
}

/** The outcome of a run whose boot is over. Its end is not known: the last sign of life stands for it. */
export function lostToReboot(state: RunState, bootId: string): Outcome {
  return {
    format: OUTCOME_FORMAT,
    hostId: state.hostId,
    bootId: state.bootId,
    state: 'lost',
    code: null,
    signal: null,
    coreDumped: false,
    source: 'lost',
    reason: 'reboot',
    actor: 'unknown',
    evidence: `It was ${state.name} in boot ${state.bootId}, this is boot ${bootId}; its last record is the end shown`,
    startedAtMs: state.startedAtMs,
    endedAtMs: state.updatedAtMs,
    cpuMs: null,
    maxRssBytes: null,
    failure: null,
    leftovers: { proof: 'empty', stopped: 0, survivors: [] },
  }
}
