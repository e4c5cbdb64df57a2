import { isEventKind, type EventKind, type FettleEvent } from '../../core/events/event.ts'
import { Fields } from '../run-files/fields.ts'

/** An event as the log keeps it: with both clocks, the boot they belong to, and whose job it was. */
export interface StoredEvent extends FettleEvent {
  readonly monoMs: number
  readonly bootId: string
  readonly owner: string | null
  /** Numbers are comparable within one epoch only: a database that was lost or restored has another. */
  readonly epoch: string
}

/** What happened, before it has a number. */
export interface NewEvent extends Omit<FettleEvent, 'seq'> {
  readonly monoMs: number
  readonly owner: string | null
  /**
   * Names the fact itself (`run_ended:proc_…:3`): an event with a key that is there already is not added again, so
   * that what a new daemon derives from the files does not double what the old one wrote. Null: always added.
   */
  readonly key: string | null
}

/** A row to an event, null for a kind of a later version: it is skipped, alone. */
export function parseEventRow(row: unknown): StoredEvent | null {
  const f = new Fields('event', row)
  const kind = f.text('kind')
  if (!isEventKind(kind)) return null
  return {
    seq: f.count('seq'),
    epoch: f.text('epoch'),
    atMs: f.number('at_ms'),
    monoMs: f.number('mono_ms'),
    bootId: f.text('boot_id'),
    kind,
    jobId: f.orNull('job_id', (key) => f.text(key)),
    run: f.orNull('run', (key) => f.count(key)),
    owner: f.orNull('owner', (key) => f.text(key)),
    actor: f.text('actor'),
    causeSeq: f.orNull('cause_seq', (key) => f.count(key)),
    data: parseData(f.text('data')),
  }
}

export interface ReadEventsOptions {
  readonly afterSeq: number
  readonly limit: number
  readonly jobId?: string
  readonly kinds?: readonly EventKind[]
}

export function parseData(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text)
  return new Fields('data', value).all()
}
