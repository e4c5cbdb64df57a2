/**
 * The API, method by method, without its schemas: a client needs no schema library. `since` is the API version that
 * introduced a method; methods are added and never change their meaning. Schemas: `method-schemas.ts`.
 */
export const API_VERSION = 1

/** Request header: what a request came through, for the record. A word in small letters; `api` without it. */
export const SURFACE_HEADER = 'fettle-surface'

export interface ApiMethod {
  readonly http: 'GET' | 'POST'
  /** `{name}` stands for one path element. */
  readonly path: string
  readonly since: number
  /** Sent twice it does the same as sent once, so a client may send it again after a broken connection. */
  readonly idempotent: boolean
  /** What a caller inside a run needs: nothing, reading, or acting. */
  readonly access: 'open' | 'read' | 'act' | 'operate'
  readonly summary: string
}

export const API_METHODS = {
  daemonStatus: get('/v1/daemon', 'open', 'The daemon: pid, version, home, number of jobs'),
  daemonStop: once('/v1/daemon/stop', 'operate', 'Ends the daemon; jobs, keepers and anchor stay'),
  openapi: get('/v1/openapi.json', 'open', 'This API as an OpenAPI 3.1 document'),
  pause: once('/v1/pause', 'operate', 'Holds starts and restarts of all jobs'),
  resume: once('/v1/resume', 'operate', 'Lets starts and restarts happen again'),

  startJob: post('/v1/jobs', 'act', 'Starts a job'),
  listJobs: get('/v1/jobs', 'read', 'Jobs, newest last'),
  stopJobs: once('/v1/jobs/stop', 'act', 'Stops jobs and says of each what became of it'),
  getJob: get('/v1/jobs/{job}', 'read', 'One job'),
  waitJob: get('/v1/jobs/{job}/wait', 'read', 'Answers when the job has ended, or after timeoutMs'),
  signalJob: post('/v1/jobs/{job}/signal', 'act', 'Sends one signal, without a stop ladder'),
  inputJob: once(
    '/v1/jobs/{job}/input',
    'act',
    'Appends to stdin; a resend with the same client and seq is recognised',
  ),
  closeJob: once(
    '/v1/jobs/{job}/close',
    'act',
    'Closes stdin, or types the end-of-file character of a terminal',
  ),
  resizeJob: once('/v1/jobs/{job}/resize', 'act', 'Sets the size of the terminal'),
  amendJob: once('/v1/jobs/{job}/amend', 'act', 'Changes deadline and idle limit of the running run'),
  restartJob: post('/v1/jobs/{job}/restart', 'act', 'Stops the run if there is one, and starts the next'),
  moveJob: once('/v1/jobs/{job}/owner', 'act', 'Gives the job to another owner'),
  logs: get('/v1/jobs/{job}/logs', 'read', 'Output as text, redacted'),
  screen: get('/v1/jobs/{job}/screen', 'read', 'What the terminal shows, redacted'),
  members: get('/v1/jobs/{job}/members', 'read', 'Processes of the run'),

  events: get('/v1/events', 'read', 'Events after a number; as text/event-stream they keep coming'),
  createConsumer: once('/v1/consumers', 'act', 'A named reader with its own durable cursor'),
  consumerEvents: get('/v1/consumers/{name}/events', 'read', 'Events from the cursor on; moves nothing'),
  ackConsumer: once('/v1/consumers/{name}/ack', 'act', 'Moves the cursor up to an event'),
  notifications: {
    ...get('/v1/notifications', 'act', 'What an owner has not been told yet, taken with the answer'),
    idempotent: false,
  },

  createDelegation: post('/v1/delegations', 'act', 'Records work handed to sub-agents'),
  delegationResult: once('/v1/delegations/{id}/result', 'act', 'Reports the result of one task of it'),
  listDelegations: get('/v1/delegations', 'read', 'Delegations, newest last'),
} as const satisfies Record<string, ApiMethod>

export type MethodName = keyof typeof API_METHODS

export function isMethodName(value: string): value is MethodName {
  return Object.hasOwn(API_METHODS, value)
}

/** Fills a method's path: `toPath('/v1/jobs/{job}/wait', { job: 'web' })`. */
export function toPath(template: string, params: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
}

function get(path: string, access: ApiMethod['access'], summary: string): ApiMethod {
  return { http: 'GET', path, since: 1, idempotent: true, access, summary }
}

function post(path: string, access: ApiMethod['access'], summary: string): ApiMethod {
  return { http: 'POST', path, since: 1, idempotent: false, access, summary }
}

/** A POST that may be sent again. */
function once(path: string, access: ApiMethod['access'], summary: string): ApiMethod {
  return { http: 'POST', path, since: 1, idempotent: true, access, summary }
}
