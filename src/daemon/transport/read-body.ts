import type { IncomingMessage } from 'node:http'
import { FettleError } from '../../core/errors.ts'

/** A request's body as JSON; an empty one is undefined. Larger bodies are refused while they arrive. */
export async function readJsonBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request) {
    if (!(chunk instanceof Uint8Array)) continue
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new BodyTooLarge(maxBytes)
    chunks.push(chunk)
  }
  if (bytes === 0) return undefined
  const text = Buffer.concat(chunks).toString('utf8')
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    // The parser's message may quote the body, and with it an environment.
    throw new FettleError('bad_value', `The body is not JSON (${bytes} bytes)`)
  }
}

/** Its own class because it has its own HTTP status (413). */
export class BodyTooLarge extends FettleError {
  constructor(maxBytes: number) {
    super('limit_reached', `The body is larger than ${maxBytes} bytes`, { data: { maxBytes } })
  }
}
