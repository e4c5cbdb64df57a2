import { setTimeout as sleep } from 'node:timers/promises'
import { toFettleError, isRecord } from '../core/errors.ts'
import { parseEvent, type FettleEvent } from '../core/events/event.ts'
import { createTransport, readBody, TransportError, type Transport } from './http-exchange.ts'
import { createSseParser } from './sse-parser.ts'

export interface FollowOptions {
  readonly socketPath: string
  /** Events after this number; from the next one on when absent. */
  readonly after?: number
  readonly job?: string
  readonly kinds?: readonly string[]
  readonly signal?: AbortSignal
  /** How long a daemon that is away is waited for, ms. */
  readonly reconnectMs?: number
}

const PAUSE_MS = 100

/** Events as they happen, each once and in order, across a restart of the daemon. Ends when the signal aborts. */
export async function* followEvents(options: FollowOptions): AsyncGenerator<FettleEvent, void, undefined> {
  const reconnectMs = options.reconnectMs ?? 30_000
  const transport = await createTransport()
  let after = options.after
  let awaySince: number | null = null
  for (;;) {
    try {
      for await (const item of readStream(transport, options, after)) {
        awaySince = null
        after = item.seq
        if (item.event !== null) yield item.event
      }
    } catch (error) {
      if (options.signal?.aborted === true) return
      if (!(error instanceof TransportError)) throw error
      // Nothing was there when we came: that is an answer, not an interruption.
      if (after === options.after && awaySince === null && !error.sent) throw error.toFettleError()
      if (awaySince !== null && performance.now() - awaySince > reconnectMs) throw error.toFettleError()
    }
    if (options.signal?.aborted === true) return
    awaySince ??= performance.now()
    await sleep(PAUSE_MS)
  }
}

/** `event` is null for a kind of a later version: its number counts all the same. */
async function* readStream(
  transport: Transport,
  options: FollowOptions,
  after: number | undefined,
): AsyncGenerator<{ seq: number; event: FettleEvent | null }> {
  const query = new URLSearchParams()
  if (after !== undefined) query.set('after', String(after))
  if (options.job !== undefined) query.set('job', options.job)
  if (options.kinds !== undefined && options.kinds.length > 0) query.set('kind', options.kinds.join(','))
  const answer = await transport.open({
    socketPath: options.socketPath,
    keepAlive: false,
    http: 'GET',
    path: `/v1/events?${query.toString()}`,
    headers: { Accept: 'text/event-stream' },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  if (answer.status !== 200) {
    const body: unknown = JSON.parse(await readBody(answer))
    throw toFettleError(isRecord(body) ? body['error'] : body)
  }
  const parser = createSseParser()
  const decoder = new TextDecoder()
  for await (const chunk of answer.chunks) {
    for (const { id, data } of parser.push(decoder.decode(chunk, { stream: true }))) {
      const seq = Number(id)
      if (!Number.isSafeInteger(seq)) continue
      yield { seq, event: data === '' ? null : parseEvent(JSON.parse(data)) }
    }
  }
}
