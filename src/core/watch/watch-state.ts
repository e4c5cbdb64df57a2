/**
 * How often matches of one job may be told.
 *
 * A match that is told opens a window (15 s). What matches inside it is counted, not told; the first such match makes
 * the window a strike window, however many follow. Three strike windows in a row switch telling off and promote the
 * job to notify on exit. A clean window forgives: one that passed without a match counts as clean too, so an hour
 * of silence ends a row. The next match told carries the exact number of lines that were not.
 */
export interface WatchLimits {
  readonly cooldownMs: number
  readonly strikes: number
  readonly maxLines: number
  readonly maxChars: number
}

export const DEFAULT_WATCH_LIMITS: WatchLimits = {
  cooldownMs: 15_000,
  strikes: 3,
  maxLines: 20,
  maxChars: 2_000,
}

export interface WatchState {
  readonly limits: WatchLimits
  /** When the last match was told: its window runs from here. Null before the first. */
  readonly deliveredAtMs: number | null
  /** This window has had a match that was not told. */
  readonly isStruck: boolean
  /** Strike windows in a row. */
  readonly strikes: number
  /** Matched lines not told since the last that were. */
  readonly suppressedLines: number
  readonly deliveries: number
  readonly disabled: boolean
}

export interface WatchMatch {
  readonly atMs: number
  readonly pattern: string
  readonly lines: readonly string[]
}

export interface WatchDelivery {
  readonly pattern: string
  /** At most `maxLines` lines and `maxChars` characters; a cut is marked. */
  readonly text: string
  readonly matchedLines: number
  readonly truncated: boolean
  /** Matched lines before these that were not told. */
  readonly suppressedLines: number
}

export type Admission =
  | { readonly kind: 'delivered'; readonly state: WatchState; readonly delivery: WatchDelivery }
  | { readonly kind: 'suppressed'; readonly state: WatchState }
  /** The last strike: telling is off from here, tell that once and notify on exit. */
  | { readonly kind: 'disabled'; readonly state: WatchState }

export function createWatchState(limits: Partial<WatchLimits> = {}): WatchState {
  return {
    limits: { ...DEFAULT_WATCH_LIMITS, ...limits },
    deliveredAtMs: null,
    isStruck: false,
    strikes: 0,
    suppressedLines: 0,
    deliveries: 0,
    disabled: false,
  }
}

export function admitMatch(state: WatchState, match: WatchMatch): Admission {
  if (state.disabled) return { kind: 'suppressed', state: addSuppressed(state, match) }
  const settled = settleWindow(state, match.atMs)
  if (settled.deliveredAtMs !== null) return strike(settled, match)
  return {
    kind: 'delivered',
    state: {
      ...settled,
      deliveredAtMs: match.atMs,
      isStruck: false,
      suppressedLines: 0,
      deliveries: settled.deliveries + 1,
    },
    delivery: {
      pattern: match.pattern,
      ...clipLines(match.lines, settled.limits),
      matchedLines: match.lines.length,
      suppressedLines: settled.suppressedLines,
    },
  }
}

/** A match that something outside this job's limits kept back: counted, and nothing else. It has not fired. */
export function addSuppressed(state: WatchState, match: WatchMatch): WatchState {
  return { ...state, suppressedLines: state.suppressedLines + match.lines.length }
}

/** Closes a window that has run out: `deliveredAtMs` is null when none is open. */
function settleWindow(state: WatchState, nowMs: number): WatchState {
  if (state.deliveredAtMs === null) return state
  const elapsedMs = nowMs - state.deliveredAtMs
  // A clock set back must not silence the watch until it has caught up.
  const isOver = elapsedMs >= state.limits.cooldownMs || elapsedMs < 0
  if (!isOver) return state
  const wasClean = !state.isStruck || elapsedMs >= 2 * state.limits.cooldownMs
  return { ...state, deliveredAtMs: null, isStruck: false, strikes: wasClean ? 0 : state.strikes }
}

function strike(state: WatchState, match: WatchMatch): Admission {
  const counted = addSuppressed(state, match)
  if (state.isStruck) return { kind: 'suppressed', state: counted }
  const strikes = state.strikes + 1
  const disabled = strikes >= state.limits.strikes
  return {
    kind: disabled ? 'disabled' : 'suppressed',
    state: { ...counted, isStruck: true, strikes, disabled },
  }
}

export const TRUNCATED_MARK = '\n...(truncated)'

export function clipLines(
  lines: readonly string[],
  { maxLines, maxChars }: Pick<WatchLimits, 'maxLines' | 'maxChars'>,
): { readonly text: string; readonly truncated: boolean } {
  const text = lines.slice(0, maxLines).join('\n')
  if (text.length <= maxChars && lines.length <= maxLines) return { text, truncated: false }
  return { text: cutText(text, maxChars) + TRUNCATED_MARK, truncated: true }
}

/** Cuts without leaving half of a character of two code units. */
export function cutText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text
  const last = text.charCodeAt(maxChars - 1)
  const isHighHalf = last >= 0xd800 && last <= 0xdbff
  return text.slice(0, isHighHalf ? maxChars - 1 : maxChars)
}
