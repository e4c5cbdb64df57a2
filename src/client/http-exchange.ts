import { request as httpRequest, type Agent, type IncomingMessage } from 'node:http'
import { FettleError } from '../core/errors.ts'

export interface ExchangeOptions {
  readonly socketPath: string
  readonly agent: Agent | false
  readonly http: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** Something broke between this process and the daemon. `sent`: the daemon may have acted on the request. */
export class TransportError extends Error {
  readonly sent: boolean
  readonly socketPath: string

  constructor(options: { socketPath: string; sent: boolean; cause: unknown }) {
    super(options.cause instanceof Error ? options.cause.message : String(options.cause), {
      cause: options.cause,
    })
    this.name = 'TransportError'
    this.sent = options.sent
    this.socketPath = options.socketPath
  }

  toFettleError(): FettleError {
    const why = this.sent ? 'it ended before it answered' : 'nothing answers there'
    return new FettleError('daemon_unreachable', `Cannot reach the daemon at ${this.socketPath}: ${why}`, {
      hint: this.sent
        ? 'Whether the request was carried out is not known: look with "fettle ps" before asking again.'
        : 'Verbs that act start it; "fettle daemon status" says what is known.',
      data: { socket: this.socketPath, sent: this.sent, cause: this.message },
      cause: this,
    })
  }
}

/** The head of an answer, with the body still to be read. Rejects with TransportError, or with the signal's reason. */
export async function openExchange(options: ExchangeOptions): Promise<IncomingMessage> {
  const { socketPath, agent, http, path, body, headers, signal } = options
  signal?.throwIfAborted()
  return await new Promise((resolve, reject) => {
    let connected = false
    const request = httpRequest(
      {
        socketPath,
        agent,
        method: http,
        path,
        headers: {
          Host: 'fettle',
          Accept: 'application/json',
          ...(body === undefined
            ? {}
            : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)) }),
          ...headers,
        },
        ...(signal === undefined ? {} : { signal }),
      },
      resolve,
    )
    request.on('socket', (socket) => {
      if (!socket.connecting) connected = true
      else socket.once('connect', () => (connected = true))
    })
    request.on('error', (cause) => {
      if (signal?.aborted === true) reject(toError(signal.reason))
      else reject(new TransportError({ socketPath, sent: connected && !isNeverSent(cause), cause }))
    })
    request.end(body)
  })
}

/** The whole body of an answer as text. */
export async function readBody(message: IncomingMessage, options: ExchangeOptions): Promise<string> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of message) if (chunk instanceof Uint8Array) chunks.push(chunk)
  } catch (cause) {
    if (options.signal?.aborted === true) throw toError(options.signal.reason)
    throw new TransportError({ socketPath: options.socketPath, sent: true, cause })
  }
  // A daemon that was killed in the middle of its answer closes the connection without an error on some runtimes.
  if (!message.complete) {
    throw new TransportError({ socketPath: options.socketPath, sent: true, cause: 'the answer is cut off' })
  }
  return Buffer.concat(chunks).toString('utf8')
}

function isNeverSent(cause: Error): boolean {
  return (
    'code' in cause &&
    (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED' || cause.code === 'FailedToOpenSocket')
  )
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}
