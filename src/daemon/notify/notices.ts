import { randomBytes } from 'node:crypto'
import { isRecord } from '../../core/errors.ts'
import type { FettleEvent } from '../../core/events/event.ts'
import type { Job } from '../../core/job/job.ts'
import {
  renderForModel,
  type DelegationReport,
  type Notification,
} from '../../core/notify/render-for-model.ts'
import { nextStart } from '../../core/restart/restart-policy.ts'
import type { Outcome } from '../../core/run/outcome.ts'
import type { NewNotice } from '../../store/events/notices.ts'
import { commandOf } from '../events/run-events.ts'
import type { OutputEnd } from './read-output-end.ts'

/** What a notice is made of besides its event. */
export interface NoticeSources {
  readonly job: (id: string) => Job | null
  readonly outcome: (ref: { jobId: string; run: number }) => Outcome | null
  readonly outputEnd: (job: Job, run: number) => OutputEnd
  readonly suppressedLines: (ref: { jobId: string; run: number }) => number
}

/** Kinds of events whose notice tells that a job has ended. */
export const COMPLETION_KINDS = ['run_ended', 'run_lost', 'start_failed'] as const

/** Whom to tell of an event, and what. Written in one transaction with it; redacted and bounded here. */
export function noticesOf(event: FettleEvent, sources: NoticeSources): NewNotice[] {
  switch (event.kind) {
    case 'run_ended':
    case 'run_lost':
    case 'start_failed':
      return completion(event, sources)
    case 'watch_matched':
    case 'watch_disabled':
      return watch(event, sources)
    case 'watch_overflow_tripped':
    case 'watch_overflow_released':
      return overflow(event)
    case 'delegation_finished':
    case 'delegation_batch_finished':
      return delegation(event)
    default:
      return []
  }
}

function completion(event: FettleEvent, sources: NoticeSources): NewNotice[] {
  const { jobId, run } = event
  if (jobId === null || run === null) return []
  const job = sources.job(jobId)
  const outcome = sources.outcome({ jobId, run })
  if (job === null || outcome === null || !job.notify.onExit) return []
  // Between two runs of a job nothing is over.
  if (job.desired === 'running' && restarts(job, outcome)) return []
  const end = sources.outputEnd(job, run)
  return [
    toNotice(event, {
      owner: job.owner,
      task: job.task,
      notification: {
        kind: 'completion',
        job: reference(job),
        end: outcome,
        output: end.text,
        earlierBytes: end.earlierBytes,
        droppedBytes: end.droppedBytes,
        survivors: outcome.leftovers.survivors.length,
        suppressedLines: sources.suppressedLines({ jobId, run }),
      },
    }),
  ]
}

function restarts(job: Job, outcome: Outcome): boolean {
  const { endedAtMs } = outcome
  const input = { policy: job.spec.restart, counters: job.restart, outcome, nowMs: endedAtMs, chance: 0 }
  return nextStart(input).kind === 'start'
}

function watch(event: FettleEvent, sources: NoticeSources): NewNotice[] {
  const job = event.jobId === null ? null : sources.job(event.jobId)
  if (job === null) return []
  const { data } = event
  const pattern = text(data['pattern'])
  const suppressedLines = number(data['suppressed'])
  const notification: Notification =
    event.kind === 'watch_matched'
      ? {
          kind: 'watch',
          job: reference(job),
          pattern,
          text: texts(data['lines']).join('\n'),
          suppressedLines,
        }
      : {
          kind: 'watch_disabled',
          job: reference(job),
          pattern,
          strikes: number(data['strikes']),
          suppressedLines,
        }
  return [toNotice(event, { owner: job.owner, task: job.task, notification })]
}

function overflow(event: FettleEvent): NewNotice[] {
  const { data } = event
  const notification: Notification =
    event.kind === 'watch_overflow_tripped'
      ? {
          kind: 'overflow_tripped',
          matches: number(data['matches']),
          windowMs: number(data['windowMs']),
          pauseMs: number(data['pauseMs']),
        }
      : { kind: 'overflow_released', suppressed: number(data['suppressed']) }
  return texts(data['owners']).map((owner) => toNotice(event, { owner, task: null, notification }))
}

function delegation(event: FettleEvent): NewNotice[] {
  const { data } = event
  const owner = text(data['owner'])
  if (owner === '') return []
  const task = typeof data['task'] === 'string' ? data['task'] : null
  const reports = (Array.isArray(data['reports']) ? data['reports'] : [data['report']]).flatMap(
    (report: unknown) => toReport(report) ?? [],
  )
  const [first] = reports
  if (first === undefined) return []
  const notification: Notification =
    event.kind === 'delegation_finished'
      ? { kind: 'delegation', report: first }
      : { kind: 'delegation_batch', id: text(data['id']), reports }
  return [toNotice(event, { owner, task, notification })]
}

function toNotice(
  event: FettleEvent,
  told: { readonly owner: string; readonly task: string | null; readonly notification: Notification },
): NewNotice {
  const { seq, jobId, run, kind, atMs, data } = event
  const { owner, task, notification } = told
  // Drawn after the output was printed: nothing in it can know how its fence ends.
  const nonce = randomBytes(8).toString('hex')
  return { seq, owner, task, jobId, run, kind, atMs, text: renderForModel(notification, { nonce }), data }
}

function reference(job: Job) {
  return { id: job.id, name: job.name, command: commandOf(job) }
}

function toReport(value: unknown): DelegationReport | null {
  if (!isRecord(value)) return null
  const { status } = value
  return {
    id: text(value['id']),
    status: status === 'completed' || status === 'cancelled' || status === 'timed_out' ? status : 'failed',
    goal: text(value['goal']),
    context: text(value['context']),
    toolsets: texts(value['toolsets']),
    role: text(value['role']) || null,
    model: text(value['model']) || null,
    durationMs: typeof value['durationMs'] === 'number' ? value['durationMs'] : null,
    result: text(value['result']),
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
