import type { IncomingMessage, ServerResponse } from 'node:http'
import { FettleError, toHttpStatus } from '../../core/errors.ts'
import type { FettleEvent } from '../../core/events/event.ts'
import type { EventHub } from '../events/event-hub.ts'

export interface EventStreamOptions {
  readonly hub: EventHub
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly after: number | undefined
  readonly accepts: (event: FettleEvent) => boolean
  readonly show: (event: FettleEvent) => unknown
}

const PAGE = 200
const HEARTBEAT_MS = 15_000

/**
 * Live events as text/event-stream. A follower has no queue but a place in the log: it is read from there as fast as
 * it takes it, so one that has stopped costs a socket buffer and misses nothing when it goes on.
 */
export function streamEvents(options: EventStreamOptions): void {
  const { hub, request, response, accepts, show } = options
  const lastId = Number(request.headers['last-event-id'] ?? Number.NaN)
  const given = Number.isSafeInteger(lastId) && lastId >= 0 ? lastId : options.after
  let at = given ?? hub.store.bounds().last
  let isWriting = false
  let isAsked = true
  let isClosed = false

  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  })
  response.write(`: epoch ${hub.store.epoch}\n\n`)

  const pump = (): void => {
    isAsked = true
    if (isWriting || isClosed) return
    isWriting = true
    while (isAsked && !isClosed) {
      isAsked = false
      const page = hub.store.read({ afterSeq: at, limit: PAGE })
      if (page.next > at) isAsked = true
      at = page.next
      const text = page.events
        .filter(accepts)
        .map((event) => toMessage(event, show(event)))
        .join('')
      if (text === '' || response.write(text)) continue
      response.once('drain', () => {
        isWriting = false
        pump()
      })
      return
    }
    isWriting = false
  }

  const stop = hub.listen(pump)
  const heartbeat = setInterval(() => {
    if (!isWriting) response.write(`: ${at}\n\n`)
  }, HEARTBEAT_MS)
  response.once('close', () => {
    isClosed = true
    stop()
    clearInterval(heartbeat)
  })
  pump()
}

function toMessage(event: FettleEvent, shown: unknown): string {
  return `id: ${event.seq}\nevent: ${event.kind}\ndata: ${JSON.stringify(shown)}\n\n`
}

/** More followers than this is somebody's mistake. */
export const MAX_FOLLOWERS = 1_000

export function refuseFollower(response: ServerResponse): void {
  const error = new FettleError('limit_reached', `${MAX_FOLLOWERS} followers read events already`)
  const text = JSON.stringify({ error: error.toBody() })
  response.writeHead(toHttpStatus(error.kind), { 'Content-Type': 'application/json', Connection: 'close' })
  response.end(text)
}
