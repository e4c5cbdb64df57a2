import type { Identity } from '../core/identity/identity.ts'
import { monotonicMs } from '../platform/clock.ts'
import { Poll } from '../platform/linux/constants.ts'
import { closeFd } from '../platform/linux/descriptor.ts'
import { openIdentity } from '../platform/linux/pidfd.ts'
import type { PollLoop, Source } from '../platform/linux/poll-loop.ts'
import { readEndOfStranger, type StrangerEnd } from '../platform/linux/stranger-end.ts'

/** How long after the end somebody may take to reap it, and how often that is looked for, ms. */
const LEARN_FOR_MS = 1_000
const LEARN_EACH_MS = 20

/**
 * Learns how the first process of a run that was taken over ends, though it is no child of this anchor: its keeper may
 * be dead in that very moment, and then nobody else holds on to it.
 */
export class LeaderWatch {
  private readonly loop: PollLoop
  private readonly leader: Identity
  private readonly onEnded: (end: StrangerEnd) => void
  private source: Source | null = null

  constructor(options: { loop: PollLoop; leader: Identity; onEnded: (end: StrangerEnd) => void }) {
    this.loop = options.loop
    this.leader = options.leader
    this.onEnded = options.onEnded
    const fd = openIdentity(this.leader)
    if (typeof fd === 'number')
      this.source = this.loop.add({ fd, events: Poll.IN, on: () => this.onReadable() })
  }

  close(): void {
    this.loop.at(this, null, () => {})
    if (this.source === null) return
    this.loop.remove(this.source)
    closeFd(this.source.fd)
    this.source = null
  }

  private onReadable(): void {
    if (this.source !== null) this.loop.remove(this.source)
    this.learn(monotonicMs() + LEARN_FOR_MS)
  }

  private learn(untilMs: number): void {
    const end = readEndOfStranger(this.leader, this.source?.fd ?? -1)
    const now = monotonicMs()
    if (end === null && now < untilMs) {
      this.loop.at(this, now + LEARN_EACH_MS, () => this.learn(untilMs))
      return
    }
    this.close()
    if (end !== null) this.onEnded(end)
  }
}
