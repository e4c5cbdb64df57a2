import type { EventKind, FettleEvent } from '../../core/events/event.ts'

export interface NewEvent {
  readonly atMs: number
  readonly kind: EventKind
  readonly jobId: string | null
  readonly run: number | null
  readonly actor: string
  readonly causeSeq: number | null
  readonly data: Readonly<Record<string, unknown>>
  /**
   * Names the fact, so that a daemon that tells it again after its predecessor's death adds nothing. Null for what
   * can happen any number of times.
   */
  readonly key: string | null
}

export interface EventFilter {
  readonly after: number
  readonly limit: number
  readonly jobId?: string
  readonly kinds?: readonly EventKind[]
}

/** The durable log as the daemon uses it. What `append` returns is on disk. */
export interface EventLog {
  readonly epoch: string
  lastSeq(): number
  /** Adds those whose key is not there yet, all or none, and answers them with their numbers. */
  append(events: readonly NewEvent[]): FettleEvent[]
  read(filter: EventFilter): FettleEvent[]
  findByKey(key: string): FettleEvent | null
}

export type EventListener = (events: readonly FettleEvent[]) => void

/** Durable before told: listeners hear of an event after it has been written. */
export class EventHub {
  readonly log: EventLog
  readonly #listeners = new Set<EventListener>()
  readonly #onListenerError: (error: unknown) => void

  constructor(log: EventLog, onListenerError: (error: unknown) => void) {
    this.log = log
    this.#onListenerError = onListenerError
  }

  record(...events: readonly NewEvent[]): FettleEvent[] {
    const added = this.log.append(events)
    this.tell(added)
    return added
  }

  /** Tells of events that were written together with something else. */
  tell(events: readonly FettleEvent[]): void {
    if (events.length === 0) return
    for (const listener of this.#listeners) {
      try {
        listener(events)
      } catch (error) {
        // One reader's fault must not keep the fact from the others: it is durable already.
        this.#onListenerError(error)
      }
    }
  }

  listen(listener: EventListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get listeners(): number {
    return this.#listeners.size
  }
}
