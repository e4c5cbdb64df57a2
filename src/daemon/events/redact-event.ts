import type { FettleEvent } from '../../core/events/event.ts'
import { redactRecord } from '../../core/redact/redact-error.ts'

/** An event on its way out: every text in its data without secrets. Most were redacted when they were written. */
export function redactEvent(event: FettleEvent): FettleEvent {
  const { seq, atMs, kind, jobId, run, actor, causeSeq } = event
  return { seq, atMs, kind, jobId, run, actor, causeSeq, data: redactRecord(event.data) }
}
