import { checked, libc } from './libc.ts'
import { Errno, errnoName } from './constants.ts'

/**
 * The loop of anchor and keeper: one poll(2) over everything, and nothing else that could wake the process. They do
 * not use Bun's event loop at all, so an idle one costs no timer, no wake-up and no thread.
 */
export interface Source {
  readonly fd: number
  /** Events asked for, `Poll.IN | Poll.OUT`; 0 keeps the source in the set for errors and hang-ups only. */
  events: number
  on(revents: number): void
}

export class PollLoop {
  private readonly sources = new Map<number, Source>()
  private readonly timers = new Map<object, { atMs: number; run: () => void }>()
  private pollfds = new Int32Array(32)
  private order: Source[] = []
  private stale = true
  private running = true

  add(source: Source): Source {
    this.sources.set(source.fd, source)
    this.stale = true
    return source
  }

  remove(source: Source): void {
    if (this.sources.get(source.fd) === source) this.sources.delete(source.fd)
    this.stale = true
  }

  /** One timer per key; a later call moves it. Times are CLOCK_MONOTONIC, ms. */
  at(key: object, atMs: number | null, run: () => void): void {
    if (atMs === null) this.timers.delete(key)
    else this.timers.set(key, { atMs, run })
  }

  stop(): void {
    this.running = false
  }

  run(now: () => number): void {
    while (this.running) this.turn(now)
  }

  private turn(now: () => number): void {
    if (this.stale) this.rebuild()
    const count = this.order.length
    for (let i = 0; i < count; i++) {
      const source = this.order[i]
      this.pollfds[i * 2] = source?.fd ?? -1
      this.pollfds[i * 2 + 1] = source?.events ?? 0
    }
    const ready = checked(libc.poll(this.pollfds, count, this.timeoutMs(now())))
    if (ready < 0 && ready !== -Errno.EINTR) throw new Error(`poll: ${errnoName(ready)}`)
    if (ready > 0) this.dispatch(count)
    this.runTimers(now())
  }

  private dispatch(count: number): void {
    const order = this.order
    for (let i = 0; i < count; i++) {
      const revents = (this.pollfds[i * 2 + 1] ?? 0) >>> 16
      const source = order[i]
      // A source that an earlier one of this turn has taken out must not be called any more.
      if (revents !== 0 && source !== undefined && this.sources.get(source.fd) === source) source.on(revents)
    }
  }

  private runTimers(nowMs: number): void {
    for (const [key, timer] of this.timers) {
      if (timer.atMs > nowMs) continue
      this.timers.delete(key)
      timer.run()
    }
  }

  private timeoutMs(nowMs: number): number {
    let next = Infinity
    for (const timer of this.timers.values()) next = Math.min(next, timer.atMs)
    if (next === Infinity) return -1
    // poll takes an int; a longer wait is taken in pieces.
    return Math.min(Math.max(0, Math.ceil(next - nowMs)), 0x7fff_0000)
  }

  private rebuild(): void {
    this.order = [...this.sources.values()]
    if (this.pollfds.length < this.order.length * 2) this.pollfds = new Int32Array(this.order.length * 4)
    this.stale = false
  }
}
