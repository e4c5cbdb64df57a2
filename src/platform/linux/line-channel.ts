import { Errno, Poll } from './constants.ts'
import { closeFd, readFd } from './descriptor.ts'
import type { PollLoop, Source } from './poll-loop.ts'
import { sendBytes } from './sockets.ts'

const buffer = new Uint8Array(64 * 1024)
/** Who does not read what is said to it loses the connection, not our memory. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024

/** JSON lines both ways over one non-blocking descriptor of a poll loop. */
export class LineChannel {
  readonly fd: number
  private readonly loop: PollLoop
  private readonly source: Source
  private pending = ''
  private unsent = Buffer.alloc(0)
  private closed = false
  private readonly decoder = new TextDecoder()
  private readonly handlers: { onLine: (line: string) => void; onClose: () => void }

  constructor(options: { fd: number; loop: PollLoop; onLine: (line: string) => void; onClose: () => void }) {
    this.fd = options.fd
    this.loop = options.loop
    this.handlers = options
    this.source = { fd: options.fd, events: Poll.IN, on: (revents) => this.onReady(revents) }
    this.loop.add(this.source)
  }

  get isClosed(): boolean {
    return this.closed
  }

  send(value: unknown): void {
    if (this.closed) return
    const bytes = Buffer.from(`${JSON.stringify(value)}\n`)
    this.unsent = this.unsent.byteLength === 0 ? bytes : Buffer.concat([this.unsent, bytes])
    this.flush()
    if (this.unsent.byteLength > MAX_UNSENT_BYTES) this.close()
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.loop.remove(this.source)
    closeFd(this.fd)
    this.handlers.onClose()
  }

  /** Reads what has arrived, outside the loop's turn. */
  drain(): void {
    if (!this.closed) this.receive()
  }

  private onReady(revents: number): void {
    if ((revents & Poll.OUT) !== 0) this.flush()
    if ((revents & (Poll.IN | Poll.HUP | Poll.ERR)) !== 0) this.receive()
  }

  private receive(): void {
    while (!this.closed) {
      const count = readFd(this.fd, buffer)
      if (count === -Errno.EAGAIN || count === -Errno.EINTR) return
      if (count <= 0) {
        this.close()
        return
      }
      this.pending += this.decoder.decode(buffer.subarray(0, count), { stream: true })
      this.takeLines()
    }
  }

  private takeLines(): void {
    for (let end = this.pending.indexOf('\n'); end >= 0; end = this.pending.indexOf('\n')) {
      const line = this.pending.slice(0, end)
      this.pending = this.pending.slice(end + 1)
      if (line !== '') this.handlers.onLine(line)
    }
  }

  private flush(): void {
    while (this.unsent.byteLength > 0) {
      const count = sendBytes(this.fd, this.unsent)
      if (count === -Errno.EAGAIN) break
      if (count < 0) {
        // What the other side said before it ended is still to be heard; the end itself closes the channel.
        this.unsent = Buffer.alloc(0)
        this.receive()
        this.close()
        return
      }
      this.unsent = this.unsent.subarray(count)
    }
    this.source.events = this.unsent.byteLength > 0 ? Poll.IN | Poll.OUT : Poll.IN
  }
}
