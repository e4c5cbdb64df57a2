import { z } from 'zod'
import {
  amendAnswerSchema,
  consumerAnswerSchema,
  daemonAnswerSchema,
  delegationAnswerSchema,
  delegationsAnswerSchema,
  eventsAnswerSchema,
  inputAnswerSchema,
  jobAnswerSchema,
  jobsAnswerSchema,
  logsAnswerSchema,
  membersAnswerSchema,
  notificationsAnswerSchema,
  okAnswerSchema,
  openApiAnswerSchema,
  screenAnswerSchema,
  startAnswerSchema,
  stopAnswerSchema,
  waitAnswerSchema,
} from './answers.ts'
import type { MethodName } from './methods.ts'
import {
  consumerEventsQuerySchema,
  delegationsQuerySchema,
  eventsQuerySchema,
  jobQuerySchema,
  listJobsQuerySchema,
  logsQuerySchema,
  noQuerySchema,
  notificationsQuerySchema,
  waitQuerySchema,
} from './queries.ts'
import {
  ackRequestSchema,
  amendRequestSchema,
  consumerRequestSchema,
  delegationRequestSchema,
  delegationResultSchema,
  inputRequestSchema,
  ownerRequestSchema,
  pauseRequestSchema,
  resizeRequestSchema,
  restartRequestSchema,
  signalRequestSchema,
  stopRequestSchema,
} from './requests.ts'
import { runRequestSchema } from './run-request.ts'

export interface MethodSchemas {
  readonly query: z.ZodType
  /** Null: the method has no body. */
  readonly body: z.ZodType | null
  readonly answer: z.ZodType
}

/** An absent body is an empty object. */
const emptyBody = z.strictObject({}).default({})

export const METHOD_SCHEMAS = {
  daemonStatus: { query: noQuerySchema, body: null, answer: daemonAnswerSchema },
  daemonStop: { query: noQuerySchema, body: emptyBody, answer: okAnswerSchema },
  openapi: { query: noQuerySchema, body: null, answer: openApiAnswerSchema },
  pause: { query: noQuerySchema, body: pauseRequestSchema, answer: okAnswerSchema },
  resume: { query: noQuerySchema, body: pauseRequestSchema, answer: okAnswerSchema },
  startJob: { query: noQuerySchema, body: runRequestSchema, answer: startAnswerSchema },
  listJobs: { query: listJobsQuerySchema, body: null, answer: jobsAnswerSchema },
  stopJobs: { query: noQuerySchema, body: stopRequestSchema, answer: stopAnswerSchema },
  getJob: { query: jobQuerySchema, body: null, answer: jobAnswerSchema },
  waitJob: { query: waitQuerySchema, body: null, answer: waitAnswerSchema },
  signalJob: { query: jobQuerySchema, body: signalRequestSchema, answer: okAnswerSchema },
  inputJob: { query: jobQuerySchema, body: inputRequestSchema, answer: inputAnswerSchema },
  closeJob: { query: jobQuerySchema, body: emptyBody, answer: okAnswerSchema },
  resizeJob: { query: jobQuerySchema, body: resizeRequestSchema, answer: okAnswerSchema },
  amendJob: { query: jobQuerySchema, body: amendRequestSchema, answer: amendAnswerSchema },
  restartJob: { query: jobQuerySchema, body: restartRequestSchema, answer: jobAnswerSchema },
  moveJob: { query: jobQuerySchema, body: ownerRequestSchema, answer: jobAnswerSchema },
  logs: { query: logsQuerySchema, body: null, answer: logsAnswerSchema },
  screen: { query: jobQuerySchema, body: null, answer: screenAnswerSchema },
  members: { query: jobQuerySchema, body: null, answer: membersAnswerSchema },
  events: { query: eventsQuerySchema, body: null, answer: eventsAnswerSchema },
  createConsumer: { query: noQuerySchema, body: consumerRequestSchema, answer: consumerAnswerSchema },
  consumerEvents: { query: consumerEventsQuerySchema, body: null, answer: eventsAnswerSchema },
  ackConsumer: { query: noQuerySchema, body: ackRequestSchema, answer: consumerAnswerSchema },
  notifications: { query: notificationsQuerySchema, body: null, answer: notificationsAnswerSchema },
  createDelegation: { query: noQuerySchema, body: delegationRequestSchema, answer: delegationAnswerSchema },
  delegationResult: { query: noQuerySchema, body: delegationResultSchema, answer: delegationAnswerSchema },
  listDelegations: { query: delegationsQuerySchema, body: null, answer: delegationsAnswerSchema },
} as const satisfies Record<MethodName, MethodSchemas>

export type MethodQuery<M extends MethodName> = z.output<(typeof METHOD_SCHEMAS)[M]['query']>
export type MethodBody<M extends MethodName> =
  (typeof METHOD_SCHEMAS)[M]['body'] extends z.ZodType<infer B> ? B : null
export type MethodAnswer<M extends MethodName> = z.output<(typeof METHOD_SCHEMAS)[M]['answer']>
/** Query as a caller writes it: text only. */
export type MethodQueryInput<M extends MethodName> = z.input<(typeof METHOD_SCHEMAS)[M]['query']>
