import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { isRecord } from '../../core/errors.ts'

/** How long to wait for a ring before looking all the same: rings are coalesced, and a keeper may have been replaced. */
const LOOK_WITH_RINGS_MS = 1000
const LOOK_WITHOUT_MS = 250
const RECONNECT_EVERY_MS = 250

/**
 * Wakes whoever follows a run: the run's keeper rings when it has written output or learned something. Where none
 * answers (it has just been replaced, or the run is over) the follower looks each 250 ms.
 */
export class RunBell implements Disposable {
  readonly #path: string
  #socket: Socket | null = null
  #connected = false
  #rung = false
  #wake: (() => void) | null = null
  #nextTryMs = 0
  #disposed = false

  constructor(socketPath: string) {
    this.#path = socketPath
    this.#connect()
  }

  /** Resolves at the next ring, or at one that came since the last wait, or when it is time to look. */
  async wait(): Promise<void> {
    if (this.#rung) {
      this.#rung = false
      return
    }
    if (this.#socket === null && performance.now() >= this.#nextTryMs) this.#connect()
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, this.#connected ? LOOK_WITH_RINGS_MS : LOOK_WITHOUT_MS)
      function done(): void {
        clearTimeout(timer)
        resolve()
      }
      this.#wake = done
    })
    this.#wake = null
    this.#rung = false
  }

  /** Makes the running wait end: something else happened that the follower should see. */
  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  #connect(): void {
    this.#nextTryMs = performance.now() + RECONNECT_EVERY_MS
    const socket = connect({ path: this.#path })
    this.#socket = socket
    socket.setEncoding('utf8')
    socket.on('connect', () => {
      this.#connected = true
      socket.write('{"op":"hello","subscribe":true}\n{"op":"rings","on":true}\n')
    })
    let line = ''
    socket.on('data', (chunk: string) => {
      const parts = (line + chunk).split('\n')
      line = parts.pop() ?? ''
      if (parts.some(isNews)) this.ring()
    })
    // no keeper: the state on disk says what that means
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#connected = false
      this.#socket = null
      if (!this.#disposed) this.ring()
    })
  }

  [Symbol.dispose](): void {
    this.#disposed = true
    this.#socket?.destroy()
  }
}

function isNews(line: string): boolean {
  if (line === '') return false
  try {
    const message: unknown = JSON.parse(line)
    return isRecord(message) && message['t'] !== 'ok' && message['t'] !== 'error'
  } catch {
    // a keeper of another version says something else: a look does no harm
    return true
  }
}
