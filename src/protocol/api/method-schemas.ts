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

/** An absent body is an empty object. */
const emptyBody = z.strictObject({}).default({})
/** GET has no body. */
const noBody = z.null()

const QUERIES = {
  daemonStatus: noQuerySchema,
  daemonStop: noQuerySchema,
  openapi: noQuerySchema,
  pause: noQuerySchema,
  resume: noQuerySchema,
  startJob: noQuerySchema,
  listJobs: listJobsQuerySchema,
  stopJobs: noQuerySchema,
  getJob: jobQuerySchema,
  waitJob: waitQuerySchema,
  signalJob: jobQuerySchema,
  inputJob: jobQuerySchema,
  closeJob: jobQuerySchema,
  resizeJob: jobQuerySchema,
  amendJob: jobQuerySchema,
  restartJob: jobQuerySchema,
  moveJob: jobQuerySchema,
  logs: logsQuerySchema,
  screen: jobQuerySchema,
  members: jobQuerySchema,
  events: eventsQuerySchema,
  createConsumer: noQuerySchema,
  consumerEvents: consumerEventsQuerySchema,
  ackConsumer: noQuerySchema,
  notifications: notificationsQuerySchema,
  createDelegation: noQuerySchema,
  delegationResult: noQuerySchema,
  listDelegations: delegationsQuerySchema,
} as const satisfies Record<MethodName, z.ZodType>

const BODIES = {
  daemonStatus: noBody,
  daemonStop: emptyBody,
  openapi: noBody,
  pause: pauseRequestSchema,
  resume: pauseRequestSchema,
  startJob: runRequestSchema,
  listJobs: noBody,
  stopJobs: stopRequestSchema,
  getJob: noBody,
  waitJob: noBody,
  signalJob: signalRequestSchema,
  inputJob: inputRequestSchema,
  closeJob: emptyBody,
  resizeJob: resizeRequestSchema,
  amendJob: amendRequestSchema,
  restartJob: restartRequestSchema,
  moveJob: ownerRequestSchema,
  logs: noBody,
  screen: noBody,
  members: noBody,
  events: noBody,
  createConsumer: consumerRequestSchema,
  consumerEvents: noBody,
  ackConsumer: ackRequestSchema,
  notifications: noBody,
  createDelegation: delegationRequestSchema,
  delegationResult: delegationResultSchema,
  listDelegations: noBody,
} as const satisfies Record<MethodName, z.ZodType>

const ANSWERS = {
  daemonStatus: daemonAnswerSchema,
  daemonStop: okAnswerSchema,
  openapi: openApiAnswerSchema,
  pause: okAnswerSchema,
  resume: okAnswerSchema,
  startJob: startAnswerSchema,
  listJobs: jobsAnswerSchema,
  stopJobs: stopAnswerSchema,
  getJob: jobAnswerSchema,
  waitJob: waitAnswerSchema,
  signalJob: okAnswerSchema,
  inputJob: inputAnswerSchema,
  closeJob: okAnswerSchema,
  resizeJob: okAnswerSchema,
  amendJob: amendAnswerSchema,
  restartJob: jobAnswerSchema,
  moveJob: jobAnswerSchema,
  logs: logsAnswerSchema,
  screen: screenAnswerSchema,
  members: membersAnswerSchema,
  events: eventsAnswerSchema,
  createConsumer: consumerAnswerSchema,
  consumerEvents: eventsAnswerSchema,
  ackConsumer: consumerAnswerSchema,
  notifications: notificationsAnswerSchema,
  createDelegation: delegationAnswerSchema,
  delegationResult: delegationAnswerSchema,
  listDelegations: delegationsAnswerSchema,
} as const satisfies Record<MethodName, z.ZodType>

export type MethodQueries = { readonly [M in MethodName]: z.output<(typeof QUERIES)[M]> }
export type MethodBodies = { readonly [M in MethodName]: z.output<(typeof BODIES)[M]> }
export type MethodAnswers = { readonly [M in MethodName]: z.output<(typeof ANSWERS)[M]> }

/** Query and body as a caller writes them: a query is text only. */
export type MethodQueryInputs = { readonly [M in MethodName]: z.input<(typeof QUERIES)[M]> }
export type MethodBodyInputs = { readonly [M in MethodName]: z.input<(typeof BODIES)[M]> }

/** The tables again, with types that follow a method that is not known until it is called. */
export const QUERY_SCHEMAS: { readonly [M in MethodName]: z.ZodType<MethodQueries[M]> } = QUERIES
export const BODY_SCHEMAS: { readonly [M in MethodName]: z.ZodType<MethodBodies[M]> } = BODIES
export const ANSWER_SCHEMAS: { readonly [M in MethodName]: z.ZodType<MethodAnswers[M]> } = ANSWERS
