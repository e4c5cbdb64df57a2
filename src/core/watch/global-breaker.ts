import { type Admission, type WatchMatch, type WatchState, addSuppressed, admitMatch } from './watch-state.ts'

/**
 * The limit over all jobs: at most 15 matches in any 10 s. One more trips the breaker; it keeps everything back for
 * 30 s and tells of it once at each end, the second time with the exact number kept back. Time alone releases it:
 * the caller asks `breakerRelease` at `releaseAtMs`, whether or not anything matches.
 */
export interface BreakerLimits {
  readonly matches: number
  readonly windowMs: number
  readonly pauseMs: number
}

export const DEFAULT_BREAKER_LIMITS: BreakerLimits = { matches: 15, windowMs: 10_000, pauseMs: 30_000 }

export interface BreakerState {
  readonly limits: BreakerLimits
  /** When the matches of the running window were admitted, oldest first; at most `limits.matches`. */
  readonly admittedMs: readonly number[]
  /** While tripped: when it lets go. */
  readonly releaseAtMs: number | null
  /** Matches kept back since it tripped, the one that tripped it included. */
  readonly suppressed: number
}

export function createBreaker(limits: Partial<BreakerLimits> = {}): BreakerState {
  return {
    limits: { ...DEFAULT_BREAKER_LIMITS, ...limits },
    admittedMs: [],
    releaseAtMs: null,
    suppressed: 0,
  }
}

export interface BreakerAnswer {
  readonly state: BreakerState
  readonly admitted: boolean
  /** This match tripped it: tell so once. */
  readonly tripped: boolean
  /** It let go before this match: tell how many were kept back. */
  readonly released: { readonly suppressed: number } | null
}

export function globalBreaker(state: BreakerState, atMs: number): BreakerAnswer {
  const { state: settled, released } = breakerRelease(state, atMs)
  if (settled.releaseAtMs !== null) {
    const next = { ...settled, suppressed: settled.suppressed + 1 }
    return { state: next, admitted: false, tripped: false, released }
  }
  const { matches, windowMs, pauseMs } = settled.limits
  const admittedMs = settled.admittedMs.filter((ms) => ms > atMs - windowMs && ms <= atMs)
  if (admittedMs.length >= matches) {
    const next = { ...settled, admittedMs: [], releaseAtMs: atMs + pauseMs, suppressed: 1 }
    return { state: next, admitted: false, tripped: true, released }
  }
  return {
    state: { ...settled, admittedMs: [...admittedMs, atMs] },
    admitted: true,
    tripped: false,
    released,
  }
}

/** Lets go when it is time. `released` is null when there is nothing to tell. */
export function breakerRelease(
  state: BreakerState,
  nowMs: number,
): { readonly state: BreakerState; readonly released: { readonly suppressed: number } | null } {
  if (state.releaseAtMs === null) return { state, released: null }
  // More than a whole pause ahead can only be a clock that was set back.
  const isDue = nowMs >= state.releaseAtMs || state.releaseAtMs - nowMs > state.limits.pauseMs
  if (!isDue) return { state, released: null }
  return {
    state: { ...state, releaseAtMs: null, suppressed: 0 },
    released: { suppressed: state.suppressed },
  }
}

export type GlobalAdmission = (Admission | { readonly kind: 'held_back'; readonly state: WatchState }) & {
  readonly breaker: BreakerState
  readonly tripped: boolean
  readonly released: { readonly suppressed: number } | null
}

/**
 * The job's limits first, then those over all jobs: what the job would not tell does not use up the common budget,
 * and what the breaker holds back stays in the job's count without opening a window or counting as fired.
 */
export function admitThroughBreaker(
  state: WatchState,
  breaker: BreakerState,
  match: WatchMatch,
): GlobalAdmission {
  const own = admitMatch(state, match)
  if (own.kind !== 'delivered') {
    const { state: settled, released } = breakerRelease(breaker, match.atMs)
    return { ...own, breaker: settled, tripped: false, released }
  }
  const answer = globalBreaker(breaker, match.atMs)
  const rest = { breaker: answer.state, tripped: answer.tripped, released: answer.released }
  if (answer.admitted) return { ...own, ...rest }
  return { kind: 'held_back', state: addSuppressed(state, match), ...rest }
}
