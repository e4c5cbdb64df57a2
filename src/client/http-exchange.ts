import { FettleError } from '../core/errors.ts'

/** One request to the daemon at the socket. */
export interface Exchange {
  readonly socketPath: string
  readonly http: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** May go out on a connection that an earlier request has left open, and leave its own. */
  readonly keepAlive: boolean
}

/** The head of an answer. Reading the chunks rejects with TransportError, or with the signal's reason. */
export interface Answer {
  readonly status: number
  readonly chunks: AsyncIterable<Uint8Array>
}

/** How requests get to the daemon; rejects as `Answer.chunks` does. */
export interface Transport {
  open(exchange: Exchange): Promise<Answer>
  /** Closes connections that were kept. */
  close(): void
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

/** What each runtime is best at: in Bun loading `node:http` alone takes longer than a whole `fettle ps`. */
export async function createTransport(): Promise<Transport> {
  if ('bun' in process.versions) return (await import('./fetch-transport.ts')).fetchTransport
  const { HttpTransport } = await import('./http-transport.ts')
  return new HttpTransport()
}

/** The whole body of an answer as text. */
export async function readBody({ chunks }: Answer): Promise<string> {
  const read: Uint8Array[] = []
  for await (const chunk of chunks) read.push(chunk)
  return Buffer.concat(read).toString('utf8')
}

export function headersOf({ body, headers }: Exchange): Record<string, string> {
  return {
    Accept: 'application/json',
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...headers,
  }
}

/** What an exchange rejects with: the caller's own reason when it has given up. */
export function toFailure(
  { socketPath, signal }: Exchange,
  options: { sent: boolean; cause: unknown },
): Error {
  if (signal?.aborted === true) return toError(signal.reason)
  return new TransportError({ socketPath, ...options })
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}
