import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { headersOf, toFailure, type Answer, type Exchange, type Transport } from './http-exchange.ts'

/** Node's client over a unix socket. */
export class HttpTransport implements Transport {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })

  async open(exchange: Exchange): Promise<Answer> {
    const { socketPath, http, path, body, signal, keepAlive } = exchange
    signal?.throwIfAborted()
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      let connected = false
      const request = httpRequest(
        {
          socketPath,
          agent: keepAlive ? this.#agent : false,
          method: http,
          path,
          headers: {
            Host: 'fettle',
            ...headersOf(exchange),
            ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
          },
          ...(signal === undefined ? {} : { signal }),
        },
        resolve,
      )
      request.on('socket', (socket) => {
        if (!socket.connecting) connected = true
        else socket.once('connect', () => (connected = true))
      })
      request.on('error', (cause) => reject(toFailure(exchange, { sent: connected, cause })))
      request.end(body)
    })
    return { status: message.statusCode ?? 500, chunks: chunksOf(message, exchange) }
  }

  close(): void {
    this.#agent.destroy()
  }
}

async function* chunksOf(message: IncomingMessage, exchange: Exchange): Answer['chunks'] {
  try {
    for await (const chunk of message) if (chunk instanceof Uint8Array) yield chunk
  } catch (cause) {
    throw toFailure(exchange, { sent: true, cause })
  }
}
