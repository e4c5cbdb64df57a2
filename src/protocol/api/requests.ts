import { z } from 'zod'
import { base64Schema, jobNameSchema, ownerSchema, taskSchema } from './run-request.ts'
import { signalName, wholeMs } from './spec-schemas.ts'

/** Bodies of requests other than RunRequest. All strict, for the same reason. */
export const stopRequestSchema = z.strictObject({
  selectors: z.array(z.string().min(1)).max(10_000).default([]),
  /** Every live job of `owner` (or of everyone, when no owner is given). */
  all: z.boolean().default(false),
  /** With selectors: a name that several owners use, and a pattern of names, mean jobs of this owner. */
  owner: ownerSchema.nullable().optional(),
  task: taskSchema.nullable().optional(),
  graceMs: wholeMs
    .max(24 * 3_600_000)
    .nullable()
    .optional(),
  /** First signal of the ladder instead of the spec's. */
  signal: signalName.nullable().optional(),
  /** For the record; a caller inside a run is recorded as that run's owner. */
  actor: z.string().max(300).optional(),
})
export type StopRequest = z.input<typeof stopRequestSchema>

export const signalRequestSchema = z.strictObject({
  signal: signalName,
  target: z.enum(['leader', 'all']).default('leader'),
  actor: z.string().max(300).optional(),
})
export type SignalRequest = z.input<typeof signalRequestSchema>

export const inputRequestSchema = z
  .strictObject({
    /** Text, sent as UTF-8. */
    data: z.string().optional(),
    base64: base64Schema.optional(),
    /** With `seq` the name under which a resend is recognised. */
    client: z.string().min(1).max(100),
    /** Grows by at least 1 with each new input of this client. */
    seq: z.int().min(0),
  })
  .refine(
    (value) => (value.data === undefined) !== (value.base64 === undefined),
    'give data or base64, one of them',
  )
export type InputRequest = z.input<typeof inputRequestSchema>

export const resizeRequestSchema = z.strictObject({
  rows: z.int().min(1).max(65_535),
  cols: z.int().min(1).max(65_535),
})
export type ResizeRequest = z.input<typeof resizeRequestSchema>

/** Counted from the run's start; null takes the limit away, absent leaves it. */
export const amendRequestSchema = z.strictObject({
  deadlineMs: z.int().min(1).nullable().optional(),
  idleMs: z.int().min(1).nullable().optional(),
})
export type AmendRequest = z.input<typeof amendRequestSchema>

export const restartRequestSchema = z
  .strictObject({
    actor: z.string().max(300).optional(),
    /** Environment of the next run; the one of the last run when absent. */
    env: z.record(z.string(), z.string()).optional(),
  })
  .default({})
export type RestartRequest = z.input<typeof restartRequestSchema>

export const ownerRequestSchema = z.strictObject({
  owner: ownerSchema,
  actor: z.string().max(300).optional(),
})
export type OwnerRequest = z.input<typeof ownerRequestSchema>

export const pauseRequestSchema = z
  .strictObject({ why: z.string().max(500).default('') })
  .default({ why: '' })
export type PauseRequest = z.input<typeof pauseRequestSchema>

export const consumerRequestSchema = z.strictObject({
  name: jobNameSchema,
  owner: ownerSchema.nullable().default(null),
  /** First event to read, or `now`: only what happens from here on. An existing consumer keeps its cursor. */
  fromSeq: z.union([z.int().min(0), z.literal('now')]).default('now'),
})
export type ConsumerRequest = z.input<typeof consumerRequestSchema>

export const ackRequestSchema = z.strictObject({ seq: z.int().min(0) })
export type AckRequest = z.input<typeof ackRequestSchema>

/** One goal of a delegation, given to one sub-agent. */
export const delegationTaskSchema = z.strictObject({
  goal: z.string().min(1).max(20_000),
  context: z.string().max(100_000).default(''),
  toolsets: z.array(z.string().max(200)).max(100).default([]),
  role: z.string().max(200).default(''),
  model: z.string().max(200).default(''),
})

export const delegationRequestSchema = z.strictObject({
  owner: ownerSchema,
  task: taskSchema.nullable().default(null),
  /** More than one is a batch, answered by one report when all are done. */
  tasks: z.array(delegationTaskSchema).min(1).max(100),
  requestKey: z.string().min(8).max(100).optional(),
})
export type DelegationRequest = z.input<typeof delegationRequestSchema>

export const delegationResultSchema = z.strictObject({
  /** Index of the task in the request. */
  index: z.int().min(0).default(0),
  status: z.enum(['completed', 'failed', 'cancelled', 'timed_out']),
  result: z.string().max(1_000_000),
  apiCalls: z.int().min(0).nullable().default(null),
})
export type DelegationResult = z.input<typeof delegationResultSchema>
