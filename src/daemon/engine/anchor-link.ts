import { setTimeout as sleep } from 'node:timers/promises'
import { FettleError, isErrorCode, isRecord } from '../../core/errors.ts'
import { ensureAnchor } from '../../platform/linux/start-anchor.ts'
import type { AnchorRequest } from '../../protocol/anchor.ts'
import { anchorSocket, type Home } from '../../store/layout.ts'
import type { DaemonLog } from '../log.ts'
import { LineSocket } from './line-socket.ts'

export interface AnchorLinkOptions {
  readonly home: Home
  readonly log: DaemonLog
  /** The home was removed: no anchor is to be started in it, and none is needed. */
  readonly isHomeGone: () => boolean
  /** Connected to an anchor, for the first time or to another one than before. `held`: runs it has, as `ID.N`. */
  readonly onAnchor: (anchor: { pid: number; previousPid: number | null; held: readonly string[] }) => void
}

interface Pending {
  readonly resolve: (reply: Record<string, unknown>) => void
  readonly reject: (error: FettleError) => void
}

const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500
const PATIENCE_MS = 5_000
/** It answers at once, but for taking over from keepers that do not. */
const ANSWER_WITHIN_MS = 10_000

/**
 * The connection to the anchor, kept up as long as the daemon lives: when it closes, an anchor is started if there
 * is none, and is told of every run that lives.
 */
export class AnchorLink {
  readonly #options: AnchorLinkOptions
  #socket: LineSocket | null = null
  #connecting: Promise<void> | null = null
  #pending: Pending[] = []
  #pid: number | null = null
  #closed = false

  constructor(options: AnchorLinkOptions) {
    this.#options = options
  }

  get pid(): number | null {
    return this.#pid
  }

  /** Connects, with an anchor made when there is none. */
  async connect(): Promise<void> {
    if (this.#socket?.isOpen === true) return
    this.#connecting ??= this.#open().finally(() => (this.#connecting = null))
    await this.#connecting
  }

  async startRun(request: Extract<AnchorRequest, { op: 'start' }>): Promise<void> {
    await this.#requestOnce(request)
  }

  async adopt(request: Extract<AnchorRequest, { op: 'adopt' }>): Promise<void> {
    await this.#request(request)
  }

  async closeInput(run: string): Promise<void> {
    await this.#request({ op: 'close_input', run })
  }

  /** Base64 of the environment that a run was started with; null when nobody has it any more. */
  async readEnv(run: string): Promise<string | null> {
    try {
      const { env } = await this.#request({ op: 'env', run })
      return typeof env === 'string' ? env : null
    } catch (error) {
      if (error instanceof FettleError && error.code === 'run_not_found') return null
      throw error
    }
  }

  async forgetEnv(run: string): Promise<void> {
    await this.#request({ op: 'forget_env', run })
  }

  /** Keeps an environment for a run that is not started yet. */
  async holdEnv(run: string, env: string): Promise<void> {
    await this.#request({ op: 'hold_env', run, env })
  }

  async listRuns(): Promise<string[]> {
    return toRunNames((await this.#request({ op: 'list' }))['runs'])
  }

  /** Runs whose environment the anchor holds beside those it keeps. */
  async listEnvs(): Promise<string[]> {
    const { envs } = await this.#request({ op: 'list' })
    return Array.isArray(envs) ? envs.filter((run): run is string => typeof run === 'string') : []
  }

  /** The daemon ends because somebody asked: it is not to be started again. */
  async leave(): Promise<void> {
    this.#closed = true
    await this.#requestOnce({ op: 'daemon_stop' })
  }

  close(): void {
    this.#closed = true
    this.#socket?.close()
    this.#fail()
  }

  /** For what may be asked twice: an anchor that dies meanwhile has a successor, which is asked again. */
  async #request(request: AnchorRequest): Promise<Record<string, unknown>> {
    const giveUpAt = performance.now() + PATIENCE_MS
    for (;;) {
      try {
        return await this.#requestOnce(request)
      } catch (error) {
        const isGone = error instanceof FettleError && error.code === 'anchor_unreachable'
        if (!isGone || this.#closed || performance.now() > giveUpAt) throw error
        await sleep(FIRST_PAUSE_MS)
      }
    }
  }

  async #requestOnce(request: AnchorRequest): Promise<Record<string, unknown>> {
    await this.connect()
    return await this.#send(request)
  }

  async #send(request: AnchorRequest): Promise<Record<string, unknown>> {
    const socket = this.#socket
    if (socket === null || !socket.isOpen) throw gone()
    const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>()
    // Stays in the row when time is over: an answer that comes late must not be taken for the next one's.
    this.#pending.push({ resolve, reject })
    const timer = setTimeout(() => reject(silent()), ANSWER_WITHIN_MS)
    socket.send(request)
    const reply = await promise.finally(() => clearTimeout(timer))
    if (reply['t'] !== 'error') return reply
    const code = isErrorCode(reply['code']) ? reply['code'] : 'start_failed'
    throw new FettleError(
      code,
      typeof reply['message'] === 'string' ? reply['message'] : 'The anchor refused',
      isRecord(reply['data']) ? { data: reply['data'] } : {},
    )
  }

  async #open(): Promise<void> {
    const { home } = this.#options
    if (this.#options.isHomeGone()) throw gone(new Error(`${home.state} was removed`))
    await ensureAnchor(home)
    try {
      this.#socket = await LineSocket.open({
        path: anchorSocket(home),
        onValue: (value) => {
          if (isRecord(value)) this.#pending.shift()?.resolve(value)
        },
        onClose: () => this.#onClosed(),
      })
    } catch (cause) {
      // It ended between the look and now.
      throw gone(cause)
    }
    const hello = await this.#send({ op: 'hello', daemon: true }).catch((error: unknown) => {
      // Not greeted is not connected: the next one who asks begins anew.
      this.#socket?.close()
      this.#socket = null
      throw error
    })
    const pid = typeof hello['pid'] === 'number' ? hello['pid'] : 0
    const previousPid = this.#pid
    this.#pid = pid
    if (pid !== previousPid) this.#options.onAnchor({ pid, previousPid, held: toRunNames(hello['runs']) })
  }

  #onClosed(): void {
    this.#socket = null
    this.#fail()
    if (!this.#closed && !this.#options.isHomeGone()) this.#reconnect(FIRST_PAUSE_MS)
  }

  #reconnect(pauseMs: number): void {
    this.connect().catch((error: unknown) => {
      this.#options.log.warn('no anchor yet', { error })
      const next = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
      if (!this.#closed) setTimeout(() => this.#reconnect(next), pauseMs)
    })
  }

  #fail(): void {
    const pending = this.#pending
    this.#pending = []
    for (const { reject } of pending) reject(gone())
  }
}

function gone(cause?: unknown): FettleError {
  return new FettleError('anchor_unreachable', 'The anchor ended before it answered', {
    hint: 'A new one is being started; ask again.',
    cause,
  })
}

function silent(): FettleError {
  return new FettleError(
    'anchor_unreachable',
    `The anchor lives and has not answered within ${ANSWER_WITHIN_MS / 1000} s`,
    {
      hint: 'It may have been stopped (SIGSTOP). Jobs run on; what it was asked it may still do.',
      data: { isSilent: true },
    },
  )
}

function toRunNames(runs: unknown): string[] {
  if (!Array.isArray(runs)) return []
  return runs.flatMap((run: unknown) => (isRecord(run) && typeof run['run'] === 'string' ? [run['run']] : []))
}
