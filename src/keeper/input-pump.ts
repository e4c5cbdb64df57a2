import { existsSync } from 'node:fs'
import { monotonicMs } from '../platform/clock.ts'
import { Errno, Poll } from '../platform/linux/constants.ts'
import { closeFd, readFd, seekFd, spliceFd, waitReady, writeFd } from '../platform/linux/descriptor.ts'
import { isFeatureEnabled } from '../platform/linux/features.ts'
import type { PollLoop, Source } from '../platform/linux/poll-loop.ts'
import type { Descriptors } from '../protocol/descriptors.ts'

const CHUNK_BYTES = 64 * 1024
const buffer = new Uint8Array(4096)

/**
 * Moves what was accepted for the run's stdin from the input log to the run. The log's offset lies in the open file
 * description that both hands share, so that it is the truth about what was given after any death.
 */
export class InputPump {
  private readonly loop: PollLoop
  private readonly descriptors: Descriptors
  private readonly closedFile: string
  private readonly onClosed: () => void
  /** Watches the target for room, only while it has none. */
  private blocked: Source | null = null
  private closed = false

  constructor(options: {
    loop: PollLoop
    descriptors: Descriptors
    closedFile: string
    onClosed: () => void
  }) {
    this.loop = options.loop
    this.descriptors = options.descriptors
    this.closedFile = options.closedFile
    this.onClosed = options.onClosed
  }

  /** Bytes of the log that the run's stdin (or the pipe before its terminal) has taken. */
  get taken(): number {
    const log = this.descriptors.inputLog
    return log === undefined ? 0 : Math.max(0, seekFd(log, 0, 1))
  }

  run(): void {
    if (this.closed) return
    if (this.descriptors.master !== undefined) {
      this.watch(this.feedTerminal() === 'full')
      return
    }
    // Looked at first: what was accepted before the end is in the log by then, and is moved below.
    const isEnd = existsSync(this.closedFile)
    const result = this.feedPipe()
    if (result === 'gone' || (result === 'empty' && isEnd)) this.close()
    else this.watch(result === 'full')
  }

  private feedPipe(): 'empty' | 'full' | 'gone' {
    const { inputLog, stdin } = this.descriptors
    if (inputLog === undefined || stdin === undefined) return 'empty'
    return move({ from: inputLog, to: stdin, isPipe: false })
  }

  private feedTerminal(): 'empty' | 'full' | 'gone' {
    const { inputLog, inRead, inWrite, master } = this.descriptors
    if (inputLog === undefined || inRead === undefined || inWrite === undefined || master === undefined)
      return 'empty'
    for (;;) {
      const filled = move({ from: inputLog, to: inWrite, isPipe: false })
      const emptied = move({ from: inRead, to: master, isPipe: true })
      if (emptied !== 'empty') return emptied
      if (filled === 'empty') return 'empty'
    }
  }

  private watch(wanted: boolean): void {
    const { stdin } = this.descriptors
    if (stdin === undefined) {
      // A terminal's master is in the loop for its output already: it is tried again after a moment.
      this.loop.at(this, wanted ? monotonicMs() + RETRY_MS : null, () => this.run())
      return
    }
    if (wanted === (this.blocked !== null)) return
    if (this.blocked === null)
      this.blocked = this.loop.add({ fd: stdin, events: Poll.OUT, on: () => this.run() })
    else this.unwatch()
  }

  private unwatch(): void {
    if (this.blocked !== null) this.loop.remove(this.blocked)
    this.blocked = null
  }

  private close(): void {
    this.closed = true
    this.unwatch()
    const { stdin } = this.descriptors
    if (stdin !== undefined) {
      closeFd(stdin)
      delete this.descriptors.stdin
    }
    this.onClosed()
  }
}

const RETRY_MS = 20

/** Moves all there is. `full`: the target takes no more now; `gone`: nobody will ever read it. */
function move(options: { from: number; to: number; isPipe: boolean }): 'empty' | 'full' | 'gone' {
  const { from, to, isPipe } = options
  for (;;) {
    const count = copying ? copy(options) : spliceFd(from, to, CHUNK_BYTES)
    if (count > 0 || count === -Errno.EINTR) continue
    if (count === 0) return 'empty'
    if (count === -Errno.EINVAL && !copying) copying = true
    else if (count === -Errno.EAGAIN) return isPipe && isDrained(from) ? 'empty' : 'full'
    else return 'gone'
  }
}

let copying = !isFeatureEnabled('splice')
/** Read from the pipe and not taken by the terminal yet. */
let untaken = new Uint8Array(0)

function isDrained(pipe: number): boolean {
  return untaken.byteLength === 0 && !waitReady(pipe, Poll.IN, 0)
}

function copy(options: { from: number; to: number; isPipe: boolean }): number {
  const { from, to, isPipe } = options
  if (!waitReady(to, Poll.OUT, 0)) return -Errno.EAGAIN
  if (isPipe) return copyFromPipe(from, to)
  const count = readFd(from, buffer)
  if (count <= 0) return count
  const written = writeFd(to, buffer.subarray(0, count))
  // What the target did not take goes back by moving the log's offset.
  if (written < count) seekFd(from, Math.max(0, written) - count, 1)
  return written
}

/** A pipe takes nothing back: what a terminal did not take is kept here until it does. */
function copyFromPipe(from: number, to: number): number {
  if (untaken.byteLength === 0) {
    const count = readFd(from, buffer)
    if (count <= 0) return count
    untaken = buffer.slice(0, count)
  }
  const written = writeFd(to, untaken)
  if (written > 0) untaken = untaken.subarray(written)
  return written
}
