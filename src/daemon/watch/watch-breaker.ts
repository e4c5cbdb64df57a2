import {
  admitThroughBreaker,
  breakerRelease,
  createBreaker,
  type BreakerState,
  type GlobalAdmission,
} from '../../core/watch/global-breaker.ts'
import type { WatchMatch, WatchState } from '../../core/watch/watch-state.ts'
import { nowMs } from '../../platform/clock.ts'
import type { EventHub, NewEvent } from '../events/event-hub.ts'
import { callAfter, type LongTimer } from '../jobs/long-timer.ts'

/**
 * The limit over all jobs. It lives as long as the daemon: after a restart the window begins anew, which can only
 * tell more, never less.
 */
export class WatchBreaker {
  readonly #hub: EventHub
  #state: BreakerState = createBreaker()
  /** Owners who have matches kept back. */
  #owners = new Set<string>()
  #timer: LongTimer | null = null

  constructor(hub: EventHub) {
    this.#hub = hub
  }

  /** The job's answer, with the events about the breaker itself that belong before it. */
  admit(
    watch: WatchState,
    match: WatchMatch,
    owner: string,
  ): { readonly admission: GlobalAdmission; readonly events: readonly NewEvent[] } {
    const admission = admitThroughBreaker(watch, this.#state, match)
    const events: NewEvent[] = []
    if (admission.released !== null) events.push(this.#released(admission.released.suppressed))
    this.#state = admission.breaker
    if (admission.kind === 'held_back') this.#owners.add(owner)
    if (admission.tripped) {
      const { matches, windowMs, pauseMs } = this.#state.limits
      const data = { matches, windowMs, pauseMs, owners: [owner] }
      events.push({ ...common(match.atMs), kind: 'watch_overflow_tripped', data })
      this.#arm()
    }
    return { admission, events }
  }

  close(): void {
    this.#timer?.cancel()
  }

  /** Lets go in time, whether or not anything matches again. */
  #arm(): void {
    this.#timer?.cancel()
    const { releaseAtMs } = this.#state
    if (releaseAtMs === null) return
    this.#timer = callAfter(Math.min(releaseAtMs - nowMs(), this.#state.limits.pauseMs), () => {
      const { state, released } = breakerRelease(this.#state, nowMs())
      this.#state = state
      if (released !== null) this.#hub.record(this.#released(released.suppressed))
      else this.#arm()
    })
  }

  #released(suppressed: number): NewEvent {
    this.#timer?.cancel()
    const owners = [...this.#owners]
    this.#owners = new Set()
    return { ...common(nowMs()), kind: 'watch_overflow_released', data: { suppressed, owners } }
  }
}

function common(atMs: number) {
  return { atMs, jobId: null, run: null, actor: 'daemon', causeSeq: null, key: null } as const
}
