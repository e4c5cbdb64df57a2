import type { FettleEvent } from '../../core/events/event.ts'
import { monotonicMs } from '../../platform/clock.ts'
import type { Appended } from '../../store/events/append-events.ts'
import type { NewNotice } from '../../store/events/notices.ts'
import type { EventStore } from '../../store/events/open-events.ts'
import type { NewEvent as StoreEvent } from '../../store/events/stored-event.ts'

/** What happened, as the parts of the daemon say it: the hub knows the clock and whose job it is. */
export type NewEvent = Omit<StoreEvent, 'monoMs' | 'owner'> & { readonly owner?: string | null }

const KNOWN_KEYS = 50_000

export type EventListener = (events: readonly FettleEvent[]) => void

export interface EventHubOptions {
  readonly store: EventStore
  /** Whose job it is, null when nobody's. */
  readonly ownerOf: (jobId: string) => string | null
  /** Whom to tell of an event; written with it. */
  readonly noticesOf: (event: FettleEvent) => readonly NewNotice[]
  readonly onListenerError: (error: unknown) => void
}

/** Durable before told: listeners hear of an event after it has been written, together with its notices. */
export class EventHub {
  readonly store: EventStore
  readonly #options: EventHubOptions
  readonly #listeners = new Set<EventListener>()
  /** Keys recorded by this daemon: most that come again are among them, and cost no transaction. */
  readonly #known = new Map<string, number>()

  constructor(options: EventHubOptions) {
    this.store = options.store
    this.#options = options
  }

  /** Numbers of the events, in order; those of events that were there already too. */
  record(...events: readonly NewEvent[]): Appended[] {
    return this.recordWith(events, null)
  }

  /** The same with a step of the caller's in the same transaction. */
  recordWith(events: readonly NewEvent[], step: (() => void) | null): Appended[] {
    const known = events.map(({ key }) => (key === null ? undefined : this.#known.get(key)))
    const fresh = events.filter((_, i) => known[i] === undefined)
    const appended = fresh.length === 0 && step === null ? [] : this.#append(fresh, step)
    for (const [i, { key }] of fresh.entries()) {
      const result = appended[i]
      if (key !== null && result !== undefined) this.#remember(key, result.seq)
    }
    let next = 0
    return known
      .map((seq) => (seq === undefined ? appended[next++] : { seq, added: false }))
      .filter(isDefined)
  }

  listen(listener: EventListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get listeners(): number {
    return this.#listeners.size
  }

  #append(events: readonly NewEvent[], step: (() => void) | null): Appended[] {
    const { store, noticesOf } = this.#options
    const added: FettleEvent[] = []
    const appended = store.transaction(() => {
      const results = store.append(events.map((event) => this.#toStored(event)))
      for (const [i, event] of events.entries()) {
        const result = results[i]
        if (result?.added !== true) continue
        const { atMs, kind, jobId, run, actor, causeSeq, data } = event
        added.push({ seq: result.seq, atMs, kind, jobId, run, actor, causeSeq, data })
      }
      store.notices.add(added.flatMap((event) => noticesOf(event)))
      step?.()
      return results
    })
    this.#tell(added)
    return appended
  }

  #remember(key: string, seq: number): void {
    this.#known.set(key, seq)
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= KNOWN_KEYS) break
      this.#known.delete(oldest)
    }
  }

  #toStored({ owner, ...event }: NewEvent): StoreEvent {
    const own = event.jobId === null ? null : this.#options.ownerOf(event.jobId)
    return { ...event, monoMs: monotonicMs(), owner: owner ?? own }
  }

  #tell(events: readonly FettleEvent[]): void {
    if (events.length === 0) return
    for (const listener of this.#listeners) {
      try {
        listener(events)
      } catch (error) {
        // One reader's fault must not keep the fact from the others: it is durable already.
        this.#options.onListenerError(error)
      }
    }
  }
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined
}
