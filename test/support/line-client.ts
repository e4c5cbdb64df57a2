import { connect, type Socket } from 'node:net'
import { isRecord } from '../../src/core/errors.ts'

/** JSON lines over a unix socket: each request is answered by one line, in order. */
export class LineClient implements Disposable {
  /** What came without being asked for, in order. */
  readonly pushed: Record<string, unknown>[] = []
  private readonly socket: Socket
  private readonly isPush: (message: Record<string, unknown>) => boolean
  private readonly waiting: PromiseWithResolvers<Record<string, unknown>>[] = []
  private pending = ''
  private ended: Error | null = null

  static async connect(
    path: string,
    options: { isPush?: (message: Record<string, unknown>) => boolean } = {},
  ): Promise<LineClient> {
    const socket = connect(path)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new LineClient(socket, options.isPush ?? (() => false))
  }

  private constructor(socket: Socket, isPush: (message: Record<string, unknown>) => boolean) {
    this.socket = socket
    this.isPush = isPush
    socket.setEncoding('utf8')
    socket.on('data', (text) => this.receive(String(text)))
    socket.on('error', () => {}) // told by close
    socket.on('close', () => this.end())
  }

  get isClosed(): boolean {
    return this.ended !== null
  }

  async ask(request: object): Promise<Record<string, unknown>> {
    if (this.ended !== null) throw this.ended
    const answer = Promise.withResolvers<Record<string, unknown>>()
    this.waiting.push(answer)
    this.socket.write(`${JSON.stringify(request)}\n`)
    return answer.promise
  }

  /** Text as it is, for what is no request. */
  write(text: string): void {
    this.socket.write(text)
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }

  private receive(text: string): void {
    this.pending += text
    for (let end = this.pending.indexOf('\n'); end >= 0; end = this.pending.indexOf('\n')) {
      const message: unknown = JSON.parse(this.pending.slice(0, end))
      this.pending = this.pending.slice(end + 1)
      if (!isRecord(message)) throw new Error('A line that is no object was received')
      if (this.isPush(message)) this.pushed.push(message)
      else this.waiting.shift()?.resolve(message)
    }
  }

  private end(): void {
    this.ended = new Error('The other side has closed the connection')
    for (const answer of this.waiting.splice(0)) answer.reject(this.ended)
  }
}
