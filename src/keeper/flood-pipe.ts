import { join } from 'node:path'
import { monotonicMs } from '../platform/clock.ts'
import { closeFd, setPipeSize } from '../platform/linux/descriptor.ts'
import { tryLockIfPossible } from '../platform/linux/flock.ts'
import type { PollLoop } from '../platform/linux/poll-loop.ts'

const LARGE_BYTES = 1024 * 1024
const DEFAULT_BYTES = 64 * 1024
/**
 * So much in so short a time is a flood. A pipe that is found full is no sign of one: we empty 64 kB faster than a
 * run fills them, wake up for every few pages, and the run is slowed by a third of what it could print.
 */
const FLOOD_BYTES = 1024 * 1024
const WINDOW_MS = 10
/** So long without a flood and the pipe is given back, ms. */
const CALM_MS = 1_000
/**
 * How many runs of a home may have a large pipe at once. The kernel gives a user a fixed sum of pipe pages
 * (`pipe-user-pages-soft`); were it used up, every new pipe of this user, their shells' included, would have 8 kB.
 */
const PLACES = 8

/** A larger pipe while a run floods: fewer wake-ups on both sides. Places are kernel locks, so a death frees them. */
export class FloodPipe {
  private readonly loop: PollLoop
  private readonly lockDir: string
  private place: number | null = null
  private windowEndsMs = 0
  private windowBytes = 0

  constructor(options: { loop: PollLoop; lockDir: string }) {
    this.loop = options.loop
    this.lockDir = options.lockDir
  }

  /** `bytes` have been moved from the pipe. */
  onMoved(fd: number, bytes: number): void {
    const nowMs = monotonicMs()
    if (nowMs > this.windowEndsMs) {
      this.windowEndsMs = nowMs + WINDOW_MS
      this.windowBytes = 0
    }
    this.windowBytes += bytes
    if (this.windowBytes < FLOOD_BYTES) return
    this.windowEndsMs = 0
    this.onFlood(fd)
  }

  private onFlood(fd: number): void {
    if (this.place === null) {
      this.place = this.takePlace()
      if (this.place === null) return
      setPipeSize(fd, LARGE_BYTES)
    }
    this.loop.at(this, monotonicMs() + CALM_MS, () => this.giveBack(fd))
  }

  private giveBack(fd: number): void {
    // Refused while more than that is in it: then it stays large, and the next calm second tries again.
    if (setPipeSize(fd, DEFAULT_BYTES) < 0) {
      this.loop.at(this, monotonicMs() + CALM_MS, () => this.giveBack(fd))
      return
    }
    if (this.place !== null) closeFd(this.place)
    this.place = null
  }

  private takePlace(): number | null {
    for (let i = 1; i <= PLACES; i++) {
      const place = tryLockIfPossible(join(this.lockDir, `flood.${i}`))
      if (place !== null) return place
    }
    return null
  }
}
