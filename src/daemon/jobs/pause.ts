import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { nowMs } from '../../platform/clock.ts'
import { writeAtomic } from '../../platform/files/write-atomic.ts'
import type { Home } from '../../store/layout.ts'
import type { EventHub } from '../events/event-hub.ts'

/** Starts and restarts are held while `paused.json` is there: over any restart of the daemon, and of the machine. */
export class Pause {
  readonly #path: string
  readonly #hub: EventHub
  #isOn: boolean

  constructor(home: Home, hub: EventHub) {
    this.#path = join(home.state, 'paused.json')
    this.#hub = hub
    this.#isOn = existsSync(this.#path)
  }

  get isOn(): boolean {
    return this.#isOn
  }

  set(
    isOn: boolean,
    options: { readonly actor: string; readonly surface: string; readonly why: string },
  ): void {
    if (isOn === this.#isOn) return
    const atMs = nowMs()
    if (isOn) writeAtomic(this.#path, `${JSON.stringify({ format: 1, atMs, ...options })}\n`, { fsync: true })
    else rmSync(this.#path, { force: true })
    this.#isOn = isOn
    this.#hub.record({
      atMs,
      kind: isOn ? 'paused' : 'resumed',
      jobId: null,
      run: null,
      actor: options.actor,
      causeSeq: null,
      data: { why: options.why, surface: options.surface },
      key: null,
    })
  }
}
