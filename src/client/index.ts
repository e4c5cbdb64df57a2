/** The package: a typed client for Node (20 or later) and Bun. */
export { FettleClient, type CallInput, type ClientOptions } from './client.ts'
export { followEvents, type FollowOptions } from './follow-events.ts'
export { FettleError, type ErrorBody, type ErrorCode } from '../core/errors.ts'
export type { FettleEvent } from '../core/events/event.ts'
export type { JobView } from '../protocol/api/job-view.ts'
export type { RunRequest } from '../protocol/api/run-request.ts'
