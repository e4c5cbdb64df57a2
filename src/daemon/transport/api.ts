import type { IncomingMessage, ServerResponse } from 'node:http'
import { FettleError, toHttpStatus } from '../../core/errors.ts'
import { redactError } from '../../core/redact/redact-error.ts'
import { toUnwritable } from '../../platform/files/unwritable.ts'
import type { MethodAnswers, MethodBodies, MethodQueries } from '../../protocol/api/method-schemas.ts'
import { API_METHODS, SURFACE_HEADER, type MethodName } from '../../protocol/api/methods.ts'
import type { DaemonLog } from '../log.ts'
import { checkBody, checkQuery } from './check-input.ts'
import { matchRoute, type RouteMatch } from './match-route.ts'
import type { Peer } from './peer.ts'
import { BodyTooLarge, readJsonBody } from './read-body.ts'

/** What a handler is given. `signal` aborts when the caller has gone. */
export interface Call<M extends MethodName> {
  readonly params: Readonly<Record<string, string>>
  readonly query: MethodQueries[M]
  readonly body: MethodBodies[M]
  readonly peer: Peer
  /** What the request came through: `cli`, `mcp`, `api`. Said by the caller, for the record only. */
  readonly surface: string
  readonly signal: AbortSignal
}

export type Handlers = {
  readonly [M in MethodName]: (call: Call<M>) => MethodAnswers[M] | Promise<MethodAnswers[M]>
}

export interface ApiOptions {
  readonly handlers: Handlers
  readonly log: DaemonLog
  /** Requests of one process that may be under way at a time. */
  readonly maxRequestsPerPeer: number
  readonly maxBodyBytes: number
  /** Refuses what a caller inside a run may not do. */
  readonly authorize: (method: MethodName, peer: Peer) => void
  /** Takes over a request that wants a stream; true when it did. */
  readonly stream: (
    method: MethodName,
    exchange: {
      readonly request: IncomingMessage
      readonly response: ServerResponse
      readonly query: URLSearchParams
      readonly peer: Peer
    },
  ) => boolean
}

/** One HTTP request to one method's handler, and whatever happens to one JSON answer. */
export function createApi(options: ApiOptions) {
  const underWay = new Map<number, number>()
  return (request: IncomingMessage, response: ServerResponse, peer: Peer): void => {
    const count = underWay.get(peer.pid) ?? 0
    const answer = new Answer(response)
    if (count >= options.maxRequestsPerPeer) {
      answer.fail(
        new FettleError(
          'limit_reached',
          `Process ${peer.pid} has ${count} requests under way, no more are taken`,
        ),
        429,
      )
      return
    }
    underWay.set(peer.pid, count + 1)
    response.once('close', () => {
      const left = (underWay.get(peer.pid) ?? 1) - 1
      if (left === 0) underWay.delete(peer.pid)
      else underWay.set(peer.pid, left)
    })
    serve(options, { request, response, answer, peer }).catch((error: unknown) => {
      const known = error instanceof FettleError ? error : toUnwritable(error)
      if (error instanceof BodyTooLarge) answer.fail(error, 413)
      else if (known !== null) answer.fail(known, toHttpStatus(known.kind))
      else {
        options.log.error('request failed', { url: request.url ?? '', error })
        const why = error instanceof Error ? error.message : String(error)
        answer.fail(new FettleError('internal', `The daemon failed at this request: ${why}`), 500)
      }
    })
  }
}

/** As it stands in the request: of `//v1/jobs` nothing is a host. Null for what is no path. */
function toUrl(target: string): URL | null {
  return URL.parse(target.startsWith('/') ? `http://fettle${target}` : target)
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly answer: Answer
  readonly peer: Peer
}

async function serve(options: ApiOptions, { request, response, answer, peer }: Exchange): Promise<void> {
  const url = toUrl(request.url ?? '/')
  const route: RouteMatch =
    url === null ? { kind: 'no_such_path' } : matchRoute(request.method ?? 'GET', url.pathname)
  if (url === null || route.kind === 'no_such_path') {
    const hint = 'GET /v1/openapi.json lists what there is.'
    const path = url?.pathname ?? request.url ?? ''
    answer.fail(new FettleError('usage', `There is no ${path} in this API`, { hint }), 404)
    return
  }
  if (route.kind === 'wrong_method') {
    response.setHeader('Allow', route.allow.join(', '))
    answer.fail(
      new FettleError(
        'usage',
        `${url.pathname} takes ${route.allow.join(' or ')}, not ${request.method ?? ''}`,
      ),
      405,
    )
    return
  }
  options.authorize(route.method, peer)
  if (options.stream(route.method, { request, response, query: url.searchParams, peer })) return
  await run(options, route.method, {
    exchange: { request, response, answer, peer },
    params: route.params,
    url,
  })
}

async function run<M extends MethodName>(
  options: ApiOptions,
  method: M,
  input: {
    readonly exchange: Exchange
    readonly params: Readonly<Record<string, string>>
    readonly url: URL
  },
): Promise<void> {
  const { request, response, answer, peer } = input.exchange
  const query = checkQuery(method, input.url.searchParams)
  const raw = API_METHODS[method].http === 'POST' ? await readJsonBody(request, options.maxBodyBytes) : null
  const body = checkBody(method, raw)
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const handler: (call: Call<M>) => MethodAnswers[M] | Promise<MethodAnswers[M]> = options.handlers[method]
  const surface = readSurface(request)
  answer.send(await handler({ params: input.params, query, body, peer, surface, signal: gone.signal }), 200)
}

function readSurface({ headers }: IncomingMessage): string {
  const given = headers[SURFACE_HEADER]
  return typeof given === 'string' && /^[a-z]{1,20}$/.test(given) ? given : 'api'
}

class Answer {
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
  }

  send(value: unknown, status: number): void {
    const response = this.#response
    if (response.headersSent || response.writableEnded || response.destroyed) return
    const text = JSON.stringify(value)
    response.writeHead(status, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(text),
      'Cache-Control': 'no-store',
    })
    response.end(text)
  }

  /** The rest of a body that is refused is not read: the connection ends with the answer. */
  fail(error: FettleError, status: number): void {
    if (!this.#response.headersSent && (status === 413 || status === 429)) {
      this.#response.setHeader('Connection', 'close')
    }
    this.send({ error: redactError(error.toBody()) }, status)
  }
}
