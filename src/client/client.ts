import { setTimeout as sleep } from 'node:timers/promises'
import { FettleError, isRecord, toFettleError } from '../core/errors.ts'
import { isAnswer } from '../protocol/api/answer-shapes.ts'
import type { MethodAnswers, MethodBodyInputs, MethodQueryInputs } from '../protocol/api/method-schemas.ts'
import { API_METHODS, SURFACE_HEADER, toPath, type MethodName } from '../protocol/api/methods.ts'
import { createTransport, readBody, TransportError, type Exchange, type Transport } from './http-exchange.ts'

export interface ClientOptions {
  /** `RUNTIME/daemon.sock`, as `fettle paths` prints it. */
  readonly socketPath: string
  /**
   * How long a daemon that has answered before may be away (it is started again at once when it dies) before a
   * request that may be repeated is given up, ms. A daemon that never answered is not waited for.
   */
  readonly reconnectMs?: number
  /** What the caller's requests come through, for the record: `cli`, `mcp`; without it `api`. */
  readonly surface?: string
}

export interface CallInput<M extends MethodName> {
  /** Parts of the path: `{ job: 'web' }`. */
  readonly params?: Readonly<Record<string, string>>
  readonly query?: { readonly [K in keyof MethodQueryInputs[M]]?: string | number | boolean | undefined }
  readonly body?: MethodBodyInputs[M]
  readonly signal?: AbortSignal
}

export const DEFAULT_RECONNECT_MS = 5_000
const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 250

/**
 * A typed client of one home's daemon. Every failure is a FettleError: those of the daemon as it told them, and
 * `daemon_unreachable` when it cannot be reached or dies before it has answered. A request is sent again only when
 * that does no harm: reading, methods that are idempotent, input (recognised by client and sequence number) and
 * starts (recognised by their request key, which the client adds).
 */
export class FettleClient {
  readonly socketPath: string
  readonly #reconnectMs: number
  readonly #headers: Readonly<Record<string, string>>
  #transport: Promise<Transport> | null = null
  #hasAnswered = false

  constructor(options: ClientOptions) {
    this.socketPath = options.socketPath
    this.#reconnectMs = options.reconnectMs ?? DEFAULT_RECONNECT_MS
    this.#headers = options.surface === undefined ? {} : { [SURFACE_HEADER]: options.surface }
  }

  async call<M extends MethodName>(method: M, input: CallInput<M> = {}): Promise<MethodAnswers[M]> {
    const { http, path, idempotent } = API_METHODS[method]
    const body = http === 'POST' ? withRequestKey(method, input.body ?? {}) : undefined
    const exchange: Exchange = {
      socketPath: this.socketPath,
      // A kept connection may have been closed by the other side just now: what must not be sent twice gets its own.
      keepAlive: idempotent,
      http,
      path: toPath(path, input.params ?? {}) + toQuery(input.query ?? {}),
      headers: this.#headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(input.signal === undefined ? {} : { signal: input.signal }),
    }
    const repeatable = idempotent || (isRecord(body) && typeof body['requestKey'] === 'string')
    const { status, text } = await this.#exchange(exchange, repeatable)
    return parseAnswer(method, status, text)
  }

  /** Closes kept connections. */
  close(): void {
    void this.#transport?.then((transport) => transport.close())
    this.#transport = null
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async #exchange(exchange: Exchange, repeatable: boolean): Promise<{ status: number; text: string }> {
    const transport = await (this.#transport ??= createTransport())
    let waits = this.#hasAnswered
    let giveUpAt = performance.now() + (waits ? this.#reconnectMs : 0)
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        const answer = await transport.open(exchange)
        const text = await readBody(answer)
        this.#hasAnswered = true
        return { status: answer.status, text }
      } catch (error) {
        if (!(error instanceof TransportError)) throw error
        const mayRepeat = repeatable || !error.sent
        if (error.sent && !waits) {
          // A connection that broke proves that a daemon was there: its return is waited for.
          this.#hasAnswered = true
          waits = true
          giveUpAt = performance.now() + this.#reconnectMs
        }
        if (!mayRepeat || performance.now() + pauseMs > giveUpAt) throw error.toFettleError()
        const { signal } = exchange
        await sleep(pauseMs, undefined, signal === undefined ? {} : { signal })
      }
    }
  }
}

function withRequestKey(method: MethodName, body: unknown): unknown {
  if (method !== 'startJob' && method !== 'createDelegation') return body
  return isRecord(body) && body['requestKey'] === undefined
    ? { ...body, requestKey: crypto.randomUUID() }
    : body
}

function toQuery(query: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const given = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined) given.set(key, String(value))
  return given.size === 0 ? '' : `?${given.toString()}`
}

function parseAnswer<M extends MethodName>(method: M, status: number, text: string): MethodAnswers[M] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new FettleError(
      'internal',
      `The daemon answered with something that is not JSON (HTTP ${status})`,
      { cause },
    )
  }
  if (status !== 200) throw toFettleError(isRecord(value) ? value['error'] : value)
  if (isAnswer(method, value)) return value
  throw new FettleError(
    'version_mismatch',
    `The daemon's answer to ${method} has another shape than this client knows`,
    {
      hint: 'Daemon and client are of different versions: fettle daemon restart.',
    },
  )
}
