import { monotonicMs } from '../platform/clock.ts'
import { Poll } from '../platform/linux/constants.ts'
import { closeFd } from '../platform/linux/descriptor.ts'
import { openPidfd } from '../platform/linux/pidfd.ts'
import type { PollLoop, Source } from '../platform/linux/poll-loop.ts'
import { ownEnvironment, spawnSelf } from '../platform/linux/spawn.ts'
import { reapChild } from '../platform/linux/wait.ts'

/** A daemon that lived this long did not fail at its start. */
const LASTED_MS = 5_000
const FIRST_DELAY_MS = 50
const LONGEST_DELAY_MS = 5_000

/** Keeps the daemon alive while it is wanted: one that died is started again at once, then with growing delay. */
export class DaemonGuard {
  pid: number | null = null
  private wanted = false
  private watched: Source | null = null
  private startedMs = 0
  private failures = 0
  private readonly loop: PollLoop
  private readonly onUnwanted: () => void

  constructor(loop: PollLoop, onUnwanted: () => void) {
    this.loop = loop
    this.onUnwanted = onUnwanted
  }

  get isWanted(): boolean {
    return this.wanted || this.pid !== null
  }

  want(): void {
    this.wanted = true
    if (this.pid === null) this.start()
  }

  unwant(): void {
    this.wanted = false
    this.loop.at(this, null, () => {})
  }

  /** A daemon that lives already and is no child of this anchor: the one that started it. */
  watch(pid: number): void {
    if (this.pid === pid) return
    this.wanted = true
    this.unwatch()
    this.pid = pid
    this.startedMs = monotonicMs()
    const fd = openPidfd(pid)
    if (fd < 0) return
    this.watched = this.loop.add({ fd, events: Poll.IN, on: () => this.onEnded() })
  }

  /** Whether the ended child was the daemon; it is reaped then. */
  onChildEnded(pid: number): boolean {
    if (pid !== this.pid) return false
    reapChild(pid)
    this.onEnded()
    return true
  }

  private start(): void {
    this.startedMs = monotonicMs()
    const pid = spawnSelf({ args: ['__daemon'], files: new Map(), env: ownEnvironment(process.env) })
    if (pid > 0) this.pid = pid
    else this.onEnded()
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
    const delayMs =
      this.failures <= 1 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (this.failures - 2), LONGEST_DELAY_MS)
    this.loop.at(this, monotonicMs() + delayMs, () => {
      if (this.pid === null && this.wanted) this.start()
    })
  }

  private unwatch(): void {
    if (this.watched === null) return
    this.loop.remove(this.watched)
    closeFd(this.watched.fd)
    this.watched = null
  }
}
