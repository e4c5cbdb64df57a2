import { connect, type Socket } from 'node:net'

/** JSON lines over a unix socket, one value each way per line. Lines that are not JSON are dropped: none are sent. */
export interface LineSocketOptions {
  readonly path: string
  readonly onValue: (value: unknown) => void
  readonly onClose: () => void
}

/** A line longer than this cannot be one of ours; an environment goes up to some MB in base64. */
const MAX_LINE_CHARS = 64 * 1024 * 1024

export class LineSocket {
  readonly #socket: Socket
  #rest: string[] = []
  #restChars = 0
  #closed = false

  private constructor(socket: Socket, options: LineSocketOptions) {
    this.#socket = socket
    socket.setEncoding('utf8')
    socket.on('data', (chunk) => this.#take(String(chunk), options.onValue))
    socket.on('close', () => {
      if (this.#closed) return
      this.#closed = true
      options.onClose()
    })
    // `close` follows, and is what is acted on.
    socket.on('error', () => socket.destroy())
  }

  /** Rejects with the system's error (`ENOENT`, `ECONNREFUSED`) when nobody listens. */
  static async open(options: LineSocketOptions): Promise<LineSocket> {
    const socket = connect(options.path)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new LineSocket(socket, options)
  }

  get isOpen(): boolean {
    return !this.#closed && !this.#socket.destroyed
  }

  send(value: unknown): void {
    if (this.isOpen) this.#socket.write(`${JSON.stringify(value)}\n`)
  }

  /** Does not call `onClose`: that is for the other side's end. */
  close(): void {
    this.#closed = true
    this.#socket.destroy()
  }

  #take(chunk: string, onValue: (value: unknown) => void): void {
    let from = 0
    for (let at = chunk.indexOf('\n'); at !== -1; at = chunk.indexOf('\n', from)) {
      this.#rest.push(chunk.slice(from, at))
      const line = this.#rest.join('')
      this.#rest = []
      this.#restChars = 0
      from = at + 1
      if (line === '') continue
      const value = parseLine(line)
      if (value !== undefined) onValue(value)
    }
    if (from >= chunk.length) return
    this.#rest.push(chunk.slice(from))
    this.#restChars += chunk.length - from
    if (this.#restChars > MAX_LINE_CHARS) this.#socket.destroy()
  }
}

function parseLine(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line)
    return value
  } catch {
    // Cut off by the other side's death: nothing can be made of it.
    return undefined
  }
}
