import { Errno, Poll } from '../platform/linux/constants.ts'
import { readFd, spliceFd, waitReady, writeFd } from '../platform/linux/descriptor.ts'
import { isFeatureEnabled } from '../platform/linux/features.ts'
import type { OutputFile } from './output-file.ts'

/** How long one turn may take before the loop looks at everything else again, ms. */
const SLICE_MS = 8
const PIPE_BYTES = 64 * 1024

/** `dry`: nothing more now. `more`: the slice was over. `end`: no writer is left. `held`: the disk holds it back. */
export type PumpResult = 'dry' | 'more' | 'end' | 'held'

/**
 * Moves a run's output from where it printed it to its segment, in the kernel: bytes are in the pipe or in the file
 * and never in our memory, so that a SIGKILL of this process cannot lose any.
 */
export class OutputPump {
  readonly file: OutputFile
  private readonly source: OutputSource
  private readonly waitOnFull: boolean
  private copying = !isFeatureEnabled('splice')

  constructor(options: { file: OutputFile; source: OutputSource; waitOnFull: boolean }) {
    this.file = options.file
    this.source = options.source
    this.waitOnFull = options.waitOnFull
  }

  /** True when splice was refused here: then what a killed keeper had in flight is lost. */
  get isCopying(): boolean {
    return this.copying
  }

  run(): { readonly result: PumpResult; readonly moved: number } {
    const until = performance.now() + SLICE_MS
    let moved = 0
    for (;;) {
      const step = this.step()
      if (typeof step === 'string') return { result: step, moved }
      moved += step
      if (performance.now() > until) return { result: 'more', moved }
    }
  }

  /** Bytes moved by one call, or why there was none. */
  private step(): number | 'dry' | 'end' | 'held' {
    const filled = this.source.kind === 'terminal' ? fillPipe(this.source) : 'open'
    const from = this.source.kind === 'terminal' ? this.source.pipeRead : this.source.fd
    const room = this.file.room()
    if (room === 0) return 'held'
    const count = this.copying ? this.copy(from, room) : spliceFd(from, this.file.fd, room)
    if (count > 0) {
      if (!this.copying) this.file.advance(count)
      return count
    }
    switch (count) {
      case 0:
        return 'end'
      case -Errno.EAGAIN:
        return filled === 'hung up' ? 'end' : 'dry'
      case -Errno.EINTR:
        return 0
      case -Errno.EINVAL:
        this.copying = true
        return 0
      case -Errno.ENOSPC:
      case -Errno.EDQUOT:
      case -Errno.EFBIG:
      case -Errno.EIO:
        return this.onRefused()
      default:
        throw new Error(`Output cannot be moved: errno ${-count}`)
    }
  }

  private onRefused(): number | 'held' {
    if (this.waitOnFull) return 'held'
    this.file.onNoSpace()
    return 0
  }

  private copy(from: number, room: number): number {
    const count = readFd(from, copyBuffer.subarray(0, Math.min(room, copyBuffer.byteLength)))
    for (let done = 0; done < count;) {
      const written = writeFd(this.file.fd, copyBuffer.subarray(done, count))
      if (written > 0) {
        this.file.advance(written)
        done += written
      } else if (written !== -Errno.EINTR) {
        // What has been read cannot be put back: room is made, or it goes to /dev/null and is counted.
        this.file.onNoSpace()
      }
    }
    return count
  }
}

export type OutputSource =
  | { readonly kind: 'fifo'; readonly fd: number }
  | { readonly kind: 'terminal'; readonly fd: number; readonly pipeRead: number; readonly pipeWrite: number }

const copyBuffer = new Uint8Array(PIPE_BYTES)
const terminalBuffer = new Uint8Array(4096)
let terminalCopies = false

/** Terminal → pipe, as much as the pipe takes. `hung up` when no process has the terminal open (EIO). */
function fillPipe(source: { readonly fd: number; readonly pipeWrite: number }): 'open' | 'hung up' {
  for (;;) {
    const count = terminalCopies ? copyTerminal(source) : spliceFd(source.fd, source.pipeWrite, PIPE_BYTES)
    if (count > 0 || count === -Errno.EINTR) continue
    // Linux before 5.11 does not splice from a terminal.
    if (count === -Errno.EINVAL && !terminalCopies) terminalCopies = true
    else return count === -Errno.EAGAIN ? 'open' : 'hung up'
  }
}

/** A pipe that polls as writable takes a page as a whole, so what is read here always fits. */
function copyTerminal(source: { readonly fd: number; readonly pipeWrite: number }): number {
  if (!waitReady(source.pipeWrite, Poll.OUT, 0)) return -Errno.EAGAIN
  const count = readFd(source.fd, terminalBuffer)
  return count <= 0 ? count : writeFd(source.pipeWrite, terminalBuffer.subarray(0, count))
}
