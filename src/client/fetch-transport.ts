import { headersOf, toFailure, type Answer, type Exchange, type Transport } from './http-exchange.ts'

/** What Bun's fetch knows beyond the standard. */
interface BunRequestInit extends RequestInit {
  /** Path of the unix socket. */
  readonly unix: string
  /** false: a wait may take days. */
  readonly timeout: false
  /** false: whatever the environment asks for, a request is not printed; it may hold the secrets of a job. */
  readonly verbose: false
}

/** Codes of a connection that never stood. */
const NEVER_SENT: ReadonlySet<unknown> = new Set([
  'ENOENT',
  'ENOTDIR',
  'ECONNREFUSED',
  'EACCES',
  'EPERM',
  'ENOTSOCK',
  'EAGAIN',
  'FailedToOpenSocket',
])

/** Bun's own fetch over a unix socket; its kept connections are the runtime's. */
export const fetchTransport: Transport = {
  open: async (exchange) => {
    const { socketPath, http, path, body, signal, keepAlive } = exchange
    signal?.throwIfAborted()
    const init: BunRequestInit = {
      unix: socketPath,
      method: http,
      headers: headersOf(exchange),
      keepalive: keepAlive,
      redirect: 'manual',
      timeout: false,
      verbose: false,
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    }
    try {
      const response = await fetch(`http://fettle${path}`, init)
      return { status: response.status, chunks: chunksOf(response, exchange) }
    } catch (cause) {
      throw toFailure(exchange, { sent: !NEVER_SENT.has(codeOf(cause)), cause })
    }
  },
  close: () => {},
}

async function* chunksOf(response: Response, exchange: Exchange): Answer['chunks'] {
  if (response.body === null) return
  try {
    for await (const chunk of response.body) yield chunk
  } catch (cause) {
    throw toFailure(exchange, { sent: true, cause })
  }
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : undefined
}
