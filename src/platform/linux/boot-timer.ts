import { CLOCK_BOOTTIME } from '../clock.ts'
import { checked, libc } from './libc.ts'
import { errnoName, Poll } from './constants.ts'
import { closeFd, readFd } from './descriptor.ts'
import type { PollLoop, Source } from './poll-loop.ts'

const TFD_NONBLOCK_CLOEXEC = 0o2004000
const TFD_TIMER_ABSTIME = 1
const sink = new Uint8Array(8)

/**
 * Calls once when CLOCK_BOOTTIME reaches `atMs`. A time that counts sleep cannot be waited for with poll's own, which
 * stands still meanwhile; this is a descriptor that the kernel makes readable, at the moment of waking if it was due.
 */
export class BootTimer implements Disposable {
  private readonly loop: PollLoop
  private readonly source: Source
  private isOpen = true

  constructor(loop: PollLoop, atMs: number, run: () => void) {
    const fd = checked(libc.timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK_CLOEXEC))
    if (fd < 0) throw new Error(`timerfd_create: ${errnoName(fd)}`)
    // struct itimerspec: no interval; a time of 0 would disarm it.
    const ns = BigInt(Math.max(1, Math.round(atMs * 1e6)))
    const times = new BigInt64Array([0n, 0n, ns / 1_000_000_000n, ns % 1_000_000_000n])
    const set = checked(libc.timerfd_settime(fd, TFD_TIMER_ABSTIME, times, null))
    if (set < 0) throw new Error(`timerfd_settime: ${errnoName(set)}`)
    this.loop = loop
    this.source = loop.add({
      fd,
      events: Poll.IN,
      on: () => {
        if (readFd(fd, sink) < 0) return
        this[Symbol.dispose]()
        run()
      },
    })
  }

  [Symbol.dispose](): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.loop.remove(this.source)
    closeFd(this.source.fd)
  }
}
