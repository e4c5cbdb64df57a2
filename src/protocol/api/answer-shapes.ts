import { isRecord } from '../../core/errors.ts'
import type { MethodAnswers } from './method-schemas.ts'
import type { MethodName } from './methods.ts'

type Shape = 'object' | 'array' | 'number' | 'text' | 'flag'

/**
 * Outline of each answer, checked by hand: a client loads no schema library, and what it talks to is the daemon of
 * its own home. Enough to tell an answer from something else; fields that are not known are passed over.
 */
const SHAPES: { readonly [M in MethodName]: Readonly<Record<string, Shape>> } = {
  daemonStatus: { pid: 'number', version: 'text', home: 'text', startedAt: 'text', jobs: 'object' },
  daemonStop: { ok: 'flag' },
  openapi: { openapi: 'text' },
  pause: { ok: 'flag' },
  resume: { ok: 'flag' },
  startJob: { job: 'object', existing: 'flag', notes: 'array' },
  listJobs: { jobs: 'array' },
  stopJobs: { results: 'array' },
  getJob: { job: 'object' },
  waitJob: { job: 'object', timedOut: 'flag' },
  signalJob: { ok: 'flag' },
  inputJob: { acceptedBytes: 'number', at: 'number', duplicate: 'flag' },
  closeJob: { ok: 'flag' },
  resizeJob: { ok: 'flag' },
  amendJob: { limits: 'object' },
  restartJob: { job: 'object' },
  moveJob: { job: 'object' },
  logs: { from: 'number', to: 'number', next: 'number', text: 'text' },
  screen: { rows: 'number', cols: 'number', lines: 'array', cursor: 'object' },
  members: { members: 'array' },
  events: { events: 'array', next: 'number' },
  createConsumer: { name: 'text', ackedSeq: 'number' },
  consumerEvents: { events: 'array', next: 'number' },
  ackConsumer: { name: 'text', ackedSeq: 'number' },
  notifications: { notices: 'array', text: 'text' },
  createDelegation: { delegation: 'object' },
  delegationResult: { delegation: 'object' },
  listDelegations: { delegations: 'array' },
}

export function isAnswer<M extends MethodName>(method: M, value: unknown): value is MethodAnswers[M] {
  if (!isRecord(value)) return false
  return Object.entries(SHAPES[method]).every(([key, shape]) => hasShape(value[key], shape))
}

function hasShape(value: unknown, shape: Shape): boolean {
  switch (shape) {
    case 'object':
      return isRecord(value)
    case 'array':
      return Array.isArray(value)
    case 'number':
      return typeof value === 'number'
    case 'text':
      return typeof value === 'string'
    case 'flag':
      return typeof value === 'boolean'
  }
}
