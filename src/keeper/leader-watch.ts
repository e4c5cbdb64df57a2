import type { Identity } from '../core/identity/identity.ts'
import { monotonicMs } from '../platform/clock.ts'
import { Poll } from '../platform/linux/constants.ts'
import { openIdentity } from '../platform/linux/pidfd.ts'
import type { PollLoop } from '../platform/linux/poll-loop.ts'
import { isAlive } from '../platform/linux/processes.ts'
import { learnEnd, learnFromZombie, LOST_END, type LeaderEnd } from './leader-end.ts'

/** How long an adopted leader's status may take to be told before it is lost, ms. */
const LEARN_FOR_MS = 2_000
/** Between two looks; also the head start of whoever is its parent, reaps it, and has more to tell than a zombie. */
const LEARN_EACH_MS = 20
/** Without pidfds the end is noticed by looking. */
const LOOK_EACH_MS = 100

/** Watches a leader that is not this keeper's child until its end is learned or given up as lost. */
export class LeaderWatch {
  private readonly loop: PollLoop
  private readonly leader: Identity
  private readonly reapedPath: string
  private readonly onEnded: (end: LeaderEnd) => void
  private pidfd = -1
  private done = false
  /** What the zombie said in the moment of its end, for want of anything better. */
  private unreaped: LeaderEnd | null = null

  constructor(options: {
    loop: PollLoop
    leader: Identity
    reapedPath: string
    onEnded: (end: LeaderEnd) => void
  }) {
    this.loop = options.loop
    this.leader = options.leader
    this.reapedPath = options.reapedPath
    this.onEnded = options.onEnded
    this.watch()
  }

  /** The anchor has reaped it and says how it ended. */
  onReaped(end: LeaderEnd): void {
    if (this.done) return
    this.done = true
    this.loop.at(this, null, () => {})
    this.onEnded(end)
  }

  private watch(): void {
    const fd = openIdentity(this.leader)
    if (typeof fd === 'number') {
      this.pidfd = fd
      const source = this.loop.add({
        fd,
        events: Poll.IN,
        on: () => {
          this.loop.remove(source)
          // It may be reaped at any moment by one who tells nobody; the kernel's own record is newer than 6.15.
          this.unreaped = learnFromZombie(this.leader)
          this.learnSoon()
        },
      })
    } else if (fd === 'gone' || !isAlive(this.leader)) {
      this.learnSoon()
    } else {
      this.loop.at(this, monotonicMs() + LOOK_EACH_MS, () => this.watch())
    }
  }

  private learnSoon(): void {
    const untilMs = monotonicMs() + LEARN_FOR_MS
    this.loop.at(this, monotonicMs() + LEARN_EACH_MS, () => this.learn(untilMs))
  }

  private learn(untilMs: number): void {
    if (this.done) return
    const { leader, pidfd, reapedPath } = this
    const end = learnEnd({ leader, pidfd, reapedPath })
    if (end !== null) this.onReaped(end)
    else if (monotonicMs() > untilMs) this.onReaped(this.unreaped ?? LOST_END)
    else this.loop.at(this, monotonicMs() + LEARN_EACH_MS, () => this.learn(untilMs))
  }
}
