import { monotonicMs } from '../platform/clock.ts'
import type { PollLoop } from '../platform/linux/poll-loop.ts'
import { ProcessWatch } from '../platform/linux/process-watch.ts'
import { readIdentity } from '../platform/linux/processes.ts'
import { ownEnvironment, SELF, spawnSelf } from '../platform/linux/spawn.ts'
import { reapChild } from '../platform/linux/wait.ts'

/** A daemon that lived this long did not fail at its start. */
const LASTED_MS = 5_000
const FIRST_DELAY_MS = 50
const LONGEST_DELAY_MS = 5_000
/** One that had come as far as speaking to us works: it is missed, and its end was hardly its own fault. */
const LONGEST_DELAY_OF_WORKING_MS = 200

/** Keeps the daemon alive while it is wanted: one that died is started again at once, then with growing delay. */
export class DaemonGuard {
  pid: number | null = null
  private wanted = false
  private watched: ProcessWatch | null = null
  private startedMs = 0
  private hasSpoken = false
  private failures = 0
  private binary = SELF
  private readonly loop: PollLoop
  private readonly onUnwanted: () => void

  constructor(loop: PollLoop, onUnwanted: () => void) {
    this.loop = loop
    this.onUnwanted = onUnwanted
  }

  get isWanted(): boolean {
    return this.wanted || this.pid !== null
  }

  /** `binary`: what the caller was started from; a daemon that dies later is started from the same. */
  want(binary?: string): void {
    this.wanted = true
    if (binary !== undefined) this.binary = binary
    if (this.pid === null) this.start()
  }

  unwant(): void {
    this.wanted = false
    this.loop.at(this, null, () => {})
  }

  /** A daemon that lives already and is no child of this anchor: the one that started it. */
  watch(pid: number): void {
    this.hasSpoken = true
    if (this.pid === pid) return
    this.wanted = true
    this.unwatch()
    this.pid = pid
    this.startedMs = monotonicMs()
    this.watched = new ProcessWatch({
      loop: this.loop,
      identity: readIdentity(pid),
      onEnded: () => this.onEnded(),
    })
  }

  /** Whether the ended child was the daemon; it is reaped then. */
  onChildEnded(pid: number): boolean {
    if (pid !== this.pid) return false
    reapChild(pid)
    this.onEnded()
    return true
  }

  private start(): void {
    this.hasSpoken = false
    this.startedMs = monotonicMs()
    const pid = this.spawnFrom(this.binary)
    if (pid > 0) this.pid = pid
    else this.onEnded()
  }

  /** One that was removed meanwhile is no reason to have no daemon. */
  private spawnFrom(binary: string): number {
    const request = { args: ['__daemon'], files: new Map(), env: ownEnvironment(process.env) }
    const pid = spawnSelf({ ...request, binary })
    return pid > 0 || binary === SELF ? pid : spawnSelf(request)
  }

  private onEnded(): void {
    this.unwatch()
    this.pid = null
    if (!this.wanted) {
      this.onUnwanted()
      return
    }
    const lasted = monotonicMs() - this.startedMs > LASTED_MS
    this.failures = lasted ? 0 : this.failures + 1
    const longestMs = this.hasSpoken ? LONGEST_DELAY_OF_WORKING_MS : LONGEST_DELAY_MS
    const delayMs = this.failures <= 1 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (this.failures - 2), longestMs)
    this.loop.at(this, monotonicMs() + delayMs, () => {
      if (this.pid === null && this.wanted) this.start()
    })
  }

  private unwatch(): void {
    this.watched?.close()
    this.watched = null
  }
}
