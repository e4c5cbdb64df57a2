import type { Identity } from '../../core/identity/identity.ts'
import { monotonicMs } from '../clock.ts'
import { Poll } from './constants.ts'
import { closeFd } from './descriptor.ts'
import { openIdentity } from './pidfd.ts'
import type { PollLoop, Source } from './poll-loop.ts'
import { isAlive } from './processes.ts'

/** Without pidfds the end is noticed by looking. */
const LOOK_EACH_MS = 100

/** Tells once when a process that is nobody's child here has ended: never before the constructor has returned. */
export class ProcessWatch {
  private readonly loop: PollLoop
  private readonly identity: Identity | null
  private readonly onEnded: () => void
  private source: Source | null = null

  /** `identity` is null for a process that was gone already when it was looked at. */
  constructor(options: { loop: PollLoop; identity: Identity | null; onEnded: () => void }) {
    this.loop = options.loop
    this.identity = options.identity
    this.onEnded = options.onEnded
    const fd = this.identity === null ? 'gone' : openIdentity(this.identity)
    if (typeof fd === 'number') this.source = this.loop.add({ fd, events: Poll.IN, on: () => this.end() })
    else this.loop.at(this, monotonicMs(), () => this.look())
  }

  close(): void {
    this.loop.at(this, null, () => {})
    if (this.source === null) return
    this.loop.remove(this.source)
    closeFd(this.source.fd)
    this.source = null
  }

  private look(): void {
    if (this.identity === null || !isAlive(this.identity)) this.end()
    else this.loop.at(this, monotonicMs() + LOOK_EACH_MS, () => this.look())
  }

  private end(): void {
    this.close()
    this.onEnded()
  }
}
