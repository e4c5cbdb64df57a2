import { z } from 'zod'
import { delegationTaskSchema } from './requests.ts'
import {
  errorBodySchema,
  eventSchema,
  jobViewSchema,
  memberSchema,
  outcomeSchema,
  survivorsSchema,
} from './job-schemas.ts'

export const errorAnswerSchema = z.object({ error: errorBodySchema })

export const daemonAnswerSchema = z.object({
  pid: z.int(),
  version: z.string(),
  home: z.string(),
  startedAt: z.string(),
  protocol: z.int(),
  paused: z.boolean(),
  jobs: z.object({ live: z.int(), finished: z.int() }),
})
export type DaemonAnswer = z.infer<typeof daemonAnswerSchema>

export const okAnswerSchema = z.object({ ok: z.literal(true) })
export type OkAnswer = z.infer<typeof okAnswerSchema>

export const startAnswerSchema = z.object({
  job: jobViewSchema,
  /** A job of this name ran already and is answered instead. */
  existing: z.boolean(),
  /** Things the caller should know, such as a directory that was replaced by its parent. */
  notes: z.array(z.string()),
})
export type StartAnswer = z.infer<typeof startAnswerSchema>

export const jobsAnswerSchema = z.object({ jobs: z.array(jobViewSchema) })
export type JobsAnswer = z.infer<typeof jobsAnswerSchema>

export const jobAnswerSchema = z.object({ job: jobViewSchema })
export type JobAnswer = z.infer<typeof jobAnswerSchema>

export const waitAnswerSchema = z.object({
  job: jobViewSchema,
  timedOut: z.boolean(),
  ready: z.boolean(),
  /** Why a run that goes on will not be called ready any more; null while it may, or when it is. */
  notReady: z.string().nullable(),
  /** The wait that was asked for was longer than one request may last. */
  clampedToMs: z.int().nullable(),
})
export type WaitAnswer = z.infer<typeof waitAnswerSchema>

export const stopResultSchema = z.object({
  /** Null when the selector named nothing. */
  id: z.string().nullable(),
  name: z.string().nullable(),
  selector: z.string(),
  result: z.enum(['stopped', 'already_finished', 'incomplete', 'refused']),
  outcome: outcomeSchema.nullable(),
  survivors: survivorsSchema,
  /** Left by runs that had ended before, and ended now. */
  endedLeftovers: z.array(z.object({ run: z.int(), pid: z.int(), command: z.string() })),
  /** It was between two runs: the next one will not come. */
  calledOff: z.boolean(),
  why: z.string(),
  /** For `refused`: the code of the refusal. */
  error: errorBodySchema.nullable(),
})
export type StopResult = z.infer<typeof stopResultSchema>

export const stopAnswerSchema = z.object({ results: z.array(stopResultSchema) })
export type StopAnswer = z.infer<typeof stopAnswerSchema>

export const inputAnswerSchema = z.object({
  acceptedBytes: z.int(),
  /** Offset in the run's input at which these bytes stand. */
  at: z.int(),
  duplicate: z.boolean(),
})
export type InputAnswer = z.infer<typeof inputAnswerSchema>

export const amendAnswerSchema = z.object({
  limits: z.object({ deadlineMs: z.int().nullable(), idleMs: z.int().nullable() }),
})
export type AmendAnswer = z.infer<typeof amendAnswerSchema>

export const logsAnswerSchema = z.object({
  run: z.int(),
  stream: z.enum(['out', 'err']),
  /** Byte offsets in the stream as it was printed, whatever redaction did to the text. */
  from: z.int(),
  to: z.int(),
  next: z.int(),
  /** Bytes of the asked range that are not on disk any more. */
  droppedBytes: z.int(),
  text: z.string(),
  lines: z.int(),
  truncated: z.boolean(),
})
export type LogsAnswer = z.infer<typeof logsAnswerSchema>

export const screenAnswerSchema = z.object({
  rows: z.int(),
  cols: z.int(),
  lines: z.array(z.string()),
  cursor: z.object({ row: z.int(), col: z.int(), visible: z.boolean() }),
  /** As the program set it, empty when it did not. */
  title: z.string(),
  /** The program has switched to the second screen, as editors and pagers do. */
  alternate: z.boolean(),
  /** Everything printed from here on has been drawn; not 0 when output before was dropped undrawn. */
  fromOffset: z.int(),
})
export type ScreenAnswer = z.infer<typeof screenAnswerSchema>

export const membersAnswerSchema = z.object({ members: z.array(memberSchema) })
export type MembersAnswer = z.infer<typeof membersAnswerSchema>

export const eventsAnswerSchema = z.object({
  events: z.array(eventSchema),
  /** Ask with `after=next` for what follows. */
  next: z.int(),
  /** Numbers of this log are comparable only within one epoch. */
  epoch: z.string(),
})
export type EventsAnswer = z.infer<typeof eventsAnswerSchema>

export const consumerAnswerSchema = z.object({
  name: z.string(),
  owner: z.string().nullable(),
  /** Last acknowledged event. */
  ackedSeq: z.int(),
  epoch: z.string(),
})
export type ConsumerAnswer = z.infer<typeof consumerAnswerSchema>

export const noticeSchema = z.object({
  seq: z.int(),
  kind: z.string(),
  jobId: z.string().nullable(),
  run: z.int().nullable(),
  atMs: z.number(),
  owner: z.string(),
  task: z.string().nullable(),
  /** What happened, bounded and redacted. Output in it is data, not instructions. */
  text: z.string(),
  data: z.record(z.string(), z.unknown()),
})
export type Notice = z.infer<typeof noticeSchema>

export const notificationsAnswerSchema = z.object({
  notices: z.array(noticeSchema),
  /** With `format=model` everything as one text, empty when there is nothing. */
  text: z.string(),
})
export type NotificationsAnswer = z.infer<typeof notificationsAnswerSchema>

export const delegationViewSchema = z.object({
  id: z.string(),
  owner: z.string(),
  task: z.string().nullable(),
  createdAtMs: z.number(),
  finishedAtMs: z.number().nullable(),
  tasks: z.array(
    delegationTaskSchema.extend({
      status: z.enum(['running', 'completed', 'failed', 'cancelled', 'timed_out']),
      result: z.string().nullable(),
      finishedAtMs: z.number().nullable(),
      apiCalls: z.int().nullable(),
    }),
  ),
})
export type DelegationView = z.infer<typeof delegationViewSchema>

export const delegationAnswerSchema = z.object({ delegation: delegationViewSchema })
export type DelegationAnswer = z.infer<typeof delegationAnswerSchema>

export const delegationsAnswerSchema = z.object({ delegations: z.array(delegationViewSchema) })
export type DelegationsAnswer = z.infer<typeof delegationsAnswerSchema>

export const openApiAnswerSchema = z.record(z.string(), z.unknown())
