import type { IncomingMessage, ServerResponse } from 'node:http'
import { API_METHODS, type MethodName } from '../../protocol/api/methods.ts'
import type { DaemonParts } from '../daemon-parts.ts'
import { redactEvent } from '../events/redact-event.ts'
import { checkAccess } from '../jobs/callers.ts'
import { createApi } from '../transport/api.ts'
import { checkQuery } from '../transport/check-input.ts'
import { MAX_FOLLOWERS, refuseFollower, streamEvents } from '../transport/event-stream.ts'
import type { Peer } from '../transport/peer.ts'
import { daemonHandlers } from './daemon-handlers.ts'
import { acceptsEvent, eventHandlers, jobIdOf } from './event-handlers.ts'
import { jobHandlers } from './job-handlers.ts'
import { runHandlers } from './run-handlers.ts'
import { stopHandlers } from './stop-handlers.ts'
import { viewHandlers } from './view-handlers.ts'

const MAX_REQUESTS_PER_PEER = 256
/** An environment of 2 MB as text, or an input of several MB. */
const MAX_BODY_BYTES = 16 * 1024 * 1024

/** All methods of the API, behind one function for the server. */
export function createHandler(
  parts: DaemonParts,
): (request: IncomingMessage, response: ServerResponse, peer: Peer) => void {
  const { log, callers, config, hub } = parts
  let followers = 0

  /** Events asked for as a stream. */
  const stream = (
    method: MethodName,
    {
      request,
      response,
      query,
      peer,
    }: {
      request: IncomingMessage
      response: ServerResponse
      query: URLSearchParams
      peer: Peer
    },
  ): boolean => {
    const wants = request.headers.accept?.includes('text/event-stream') === true
    if (method !== 'events' || !wants) return false
    const { after, job, kind } = checkQuery('events', query)
    const jobId = job === undefined ? undefined : jobIdOf(parts, job, peer)
    if (followers >= MAX_FOLLOWERS) {
      refuseFollower(response)
      return true
    }
    followers += 1
    response.once('close', () => (followers -= 1))
    const accepts = acceptsEvent({ jobId, kinds: kind ?? [] })
    streamEvents({ hub, request, response, after, accepts, show: redactEvent })
    return true
  }

  return createApi({
    log,
    handlers: {
      ...daemonHandlers(parts),
      ...jobHandlers(parts),
      ...stopHandlers(parts),
      ...runHandlers(parts),
      ...viewHandlers(parts),
      ...eventHandlers(parts),
    },
    maxRequestsPerPeer: MAX_REQUESTS_PER_PEER,
    maxBodyBytes: MAX_BODY_BYTES,
    authorize: (method, peer) => {
      const { access } = API_METHODS[method]
      if (access === 'open') return
      checkAccess(callers.of(peer), { permission: config.runPermission, access, method })
    },
    stream,
  })
}
