import type { FettleEvent } from '../../core/events/event.ts'
import { redactText } from '../../core/redact/redact-text.ts'

/** An event on its way out: every text in its data without secrets. Most were redacted when they were written. */
export function redactEvent(event: FettleEvent): FettleEvent {
  const { seq, atMs, kind, jobId, run, actor, causeSeq } = event
  return { seq, atMs, kind, jobId, run, actor, causeSeq, data: redactRecord(event.data) }
}

function redactRecord(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, redactValue(value)]))
}

function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value)
  if (Array.isArray(value)) return value.map(redactValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, unknown]) => [key, redactValue(inner)]),
  )
}
