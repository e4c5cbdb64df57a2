import { FettleError, isErrorCode } from '../../core/errors.ts'
import { nowMs } from '../../platform/clock.ts'
import { isErrno } from '../../platform/files/errno.ts'
import type { KeeperRequest, KeeperStatus, ToldFact } from '../../protocol/keeper.ts'
import { LineSocket } from './line-socket.ts'
import { parseKeeperMessage } from './parse-keeper-message.ts'

export interface KeeperLinkOptions {
  readonly path: string
  readonly onStatus: (status: KeeperStatus) => void
  readonly onOutput: (ends: { out: number; err: number }) => void
  readonly onFact: (fact: ToldFact) => void
  readonly onOutcome: () => void
  /** The connection broke: whether the run has ended is on disk. True when there is nothing to reconnect to. */
  readonly isOver: () => boolean
  /** The run is over and its last keeper has gone: there will be no more news. */
  readonly onGone: () => void
  /** No keeper has answered for a while. Called again and again until one does. */
  readonly onSilence: (silentMs: number) => void
}

interface Pending {
  readonly resolve: (data: Readonly<Record<string, unknown>>) => void
  readonly reject: (error: FettleError) => void
}

/** A keeper that was just started listens within a few ms: it is looked for often at first, then ever less. */
const FIRST_PAUSE_MS = 1
const TRIES_AT_FIRST = 16
const LONGEST_PAUSE_MS = 1_000
/** A keeper answers at once: one that takes so long is stopped, or waits for a disk. */
const ANSWER_WITHIN_MS = 5_000

/** The connection to one run's keeper, whichever that is at the moment: one that was killed has a successor. */
export class KeeperLink {
  readonly #options: KeeperLinkOptions
  #socket: LineSocket | null = null
  #pending: Pending[] = []
  #waiting: (() => void)[] = []
  #rings = false
  #closed = false
  #timer: ReturnType<typeof setTimeout> | null = null
  #silentSince: number | null = null
  #greeted = false

  constructor(options: KeeperLinkOptions) {
    this.#options = options
  }

  open(): void {
    this.#connect(1)
  }

  get isConnected(): boolean {
    return this.#greeted
  }

  /** Someone wants to hear of new output. Kept across keepers. */
  setRings(on: boolean): void {
    if (this.#rings === on) return
    this.#rings = on
    if (this.#greeted) this.#sendRings()
  }

  /** Sends to the keeper, waiting up to `withinMs` for one that is being replaced. */
  async request(
    request: Exclude<KeeperRequest, { op: 'hello' | 'status' | 'handover' }>,
    withinMs = 5_000,
  ): Promise<Readonly<Record<string, unknown>>> {
    await this.#connected(withinMs)
    return await this.#send(request)
  }

  close(): void {
    this.#closed = true
    this.#greeted = false
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#socket?.close()
    this.#socket = null
    this.#failPending()
    this.#wake()
  }

  /** Not answered, unlike every other request. */
  #sendRings(): void {
    this.#socket?.send({ op: 'rings', on: this.#rings })
  }

  async #connected(withinMs: number): Promise<void> {
    if (this.#greeted) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs)
      this.#waiting.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
    if (!this.#greeted) throw unreachable()
  }

  async #send(request: KeeperRequest): Promise<Readonly<Record<string, unknown>>> {
    const socket = this.#socket
    if (socket === null || !socket.isOpen) throw unreachable()
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(silent()), ANSWER_WITHIN_MS)
      // Stays in the row after that: an answer that comes late must not be taken for the next one's.
      this.#pending.push({
        resolve: (data) => {
          clearTimeout(timer)
          resolve(data)
        },
        reject: (error) => {
          clearTimeout(timer)
          reject(error)
        },
      })
      socket.send(request)
    })
  }

  #connect(tries: number): void {
    this.#timer = null
    LineSocket.open({
      path: this.#options.path,
      onValue: (value) => this.#onValue(value),
      onClose: () => this.#onClosed(),
    }).then(
      (socket) => {
        if (this.#closed) {
          socket.close()
          return
        }
        this.#socket = socket
        socket.send({ op: 'hello', subscribe: true })
      },
      (error: unknown) => {
        if (!isErrno(error, 'ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE')) {
          this.#options.onFact({ n: -1, atMs: nowMs(), kind: 'link_error', data: { error: String(error) } })
        }
        this.#again(tries)
      },
    )
  }

  #again(tries: number): void {
    if (this.#closed) return
    if (this.#options.isOver()) {
      this.close()
      this.#options.onGone()
      return
    }
    this.#silentSince ??= performance.now()
    this.#options.onSilence(performance.now() - this.#silentSince)
    // onSilence may have found that the run is over.
    if (this.#isClosed()) return
    const doublings = Math.max(0, tries - TRIES_AT_FIRST)
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** doublings, LONGEST_PAUSE_MS)
    this.#timer = setTimeout(() => this.#connect(tries + 1), pauseMs)
  }

  #isClosed(): boolean {
    return this.#closed
  }

  #onClosed(): void {
    this.#socket = null
    this.#greeted = false
    this.#failPending()
    this.#again(0)
  }

  #onValue(value: unknown): void {
    const message = parseKeeperMessage(value)
    if (message === null) return
    const { onStatus, onOutput, onFact, onOutcome } = this.#options
    switch (message.t) {
      case 'hello':
        this.#greeted = true
        this.#silentSince = null
        if (this.#rings) this.#sendRings()
        this.#wake()
        onStatus(message.status)
        return
      case 'status':
        onStatus(message.status)
        return
      case 'output':
        onOutput(message)
        return
      case 'fact':
        onFact(message)
        return
      case 'outcome':
        onOutcome()
        return
      case 'ok':
        this.#pending.shift()?.resolve(message.data ?? {})
        return
      case 'error':
        this.#pending
          .shift()
          ?.reject(new FettleError(isErrorCode(message.code) ? message.code : 'internal', message.message))
        return
    }
  }

  #failPending(): void {
    const pending = this.#pending
    this.#pending = []
    for (const { reject } of pending) reject(unreachable())
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}

function unreachable(): FettleError {
  return new FettleError('keeper_unreachable', 'The run has no keeper that answers at the moment', {
    hint: 'A successor takes over within a second; ask again. "fettle why" tells if it cannot.',
  })
}

function silent(): FettleError {
  return new FettleError(
    'keeper_unreachable',
    `The keeper of the run lives and has not answered within ${ANSWER_WITHIN_MS / 1000} s`,
    { hint: 'It may have been stopped (SIGSTOP) or wait for a disk; what it was asked it may still do.' },
  )
}
