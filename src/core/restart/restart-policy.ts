import type { RestartCounters } from '../job/job.ts'
import type { Outcome } from '../run/outcome.ts'
import type { EndReason } from '../run/state.ts'
import type { RestartPolicy } from '../run/spec.ts'

/**
 * Whether and when a job gets its next run.
 *
 * The delay doubles with each start in a row. The row is broken by a run that lasted a whole window: what ran that
 * long was not part of the same trouble. Jitter keeps fifty jobs that died of one cause from coming back together.
 * Only restarts count against the budget, not the start that somebody asked for; one more than the budget within
 * the window is a crash loop, which stays until somebody starts the job.
 */
export interface NextStartInput {
  readonly policy: RestartPolicy
  readonly counters: RestartCounters
  readonly outcome: Pick<Outcome, 'state' | 'code' | 'signal' | 'reason' | 'startedAtMs' | 'endedAtMs'>
  readonly nowMs: number
  /** From 0 up to but not including 1, drawn by the caller. */
  readonly chance: number
}

export type NextStart =
  | {
      readonly kind: 'start'
      readonly atMs: number
      readonly delayMs: number
      readonly counters: RestartCounters
    }
  | { readonly kind: 'stop'; readonly why: StopWhy; readonly counters: RestartCounters }
  | { readonly kind: 'crash_loop'; readonly starts: number; readonly counters: RestartCounters }

export type StopWhy = 'policy_never' | 'ended_well' | 'on_request' | 'in_crash_loop'

export const NO_RESTARTS: RestartCounters = { startsMs: [], crashLoop: false, nextStartMs: null }

/** More than this many doublings say nothing new. */
const MAX_KEPT_STARTS = 64
/** The delay is spread over ± this part of it. */
const JITTER = 0.2

/** Ends that somebody wanted: the job stays down, whatever its policy. */
const ON_REQUEST: ReadonlySet<EndReason> = new Set(['killed', 'superseded'])

export function nextStart({ policy, counters, outcome, nowMs, chance }: NextStartInput): NextStart {
  const stop = (why: StopWhy): NextStart => ({
    kind: 'stop',
    why,
    counters: { ...counters, nextStartMs: null },
  })
  if (ON_REQUEST.has(outcome.reason)) return stop('on_request')
  if (policy.when === 'never') return stop('policy_never')
  if (policy.when === 'on-failure' && endedWell(outcome)) return stop('ended_well')
  if (counters.crashLoop) return stop('in_crash_loop')

  const lasted = outcome.endedAtMs - outcome.startedAtMs
  // A start in the future was written before the clock was set back: it says nothing.
  const row =
    lasted >= policy.windowMs ? [] : counters.startsMs.filter((ms) => ms <= nowMs + policy.maxDelayMs)
  const inWindow = row.filter((ms) => ms > nowMs - policy.windowMs)
  if (inWindow.length >= policy.budget) {
    return {
      kind: 'crash_loop',
      starts: inWindow.length,
      counters: { startsMs: row, crashLoop: true, nextStartMs: null },
    }
  }
  const delayMs = delayFor(policy, row.length, chance)
  const atMs = nowMs + delayMs
  const startsMs = [...row, atMs].slice(-Math.max(MAX_KEPT_STARTS, policy.budget))
  return { kind: 'start', atMs, delayMs, counters: { startsMs, crashLoop: false, nextStartMs: atMs } }
}

/**
 * Success needs evidence: exit code 0 that was read from the wait status of a run that nothing cut short. A lost run
 * may have ended well, and counts as one that did not.
 */
export function endedWell(outcome: Pick<Outcome, 'state' | 'code' | 'signal' | 'reason'>): boolean {
  return (
    outcome.state === 'exited' && outcome.code === 0 && outcome.signal === null && outcome.reason === 'exit'
  )
}

/** What lies further ahead than this was planned before the clock was set back. */
export function longestDelayMs(policy: RestartPolicy, counters: RestartCounters): number {
  return delayFor(policy, counters.startsMs.length - 1, 1)
}

function delayFor(policy: RestartPolicy, earlier: number, chance: number): number {
  const grown = policy.delayMs * 2 ** Math.min(Math.max(earlier, 0), 40)
  const spread = Math.min(grown, policy.maxDelayMs) * (1 - JITTER + 2 * JITTER * chance)
  return Math.round(Math.min(spread, policy.maxDelayMs))
}
