import type { EndReason } from '../core/run/state.ts'
import { signalNumber } from '../core/parse/signal.ts'
import { signalIdentity } from '../platform/linux/pidfd.ts'
import { resizePty } from '../platform/linux/pty.ts'
import { readCommandLine, type ProcessStat } from '../platform/linux/processes.ts'
import { VERSION } from '../platform/version.ts'
import type { Identity } from '../core/identity/identity.ts'
import {
  KEEPER_PROTOCOL,
  type KeeperMessage,
  type KeeperStatus,
  type MemberInfo,
} from '../protocol/keeper.ts'
import { error } from './keeper-clients.ts'
import { signalMember } from './stop-ladder.ts'

/** What a request may do to the run. */
export interface ServedRun {
  readonly leader: Identity | null
  readonly master: number | null
  status(): KeeperStatus
  members(): ProcessStat[]
  stop(options: { reason: EndReason; actor: string; graceMs: number | null; signal?: string | null }): void
  feedInput(): void
  /** Answers how many bytes of output are kept now. */
  trim(keepBytes: number): number
  amend(change: { deadlineMs?: number | null; idleMs?: number | null }): void
  fact(kind: string, data: object): void
}

const STOP_REASONS: ReadonlyMap<string, EndReason> = new Map([
  ['killed', 'killed'],
  ['superseded', 'superseded'],
  ['timed_out', 'timed_out'],
])

export function serveRequest(run: ServedRun, request: Record<string, unknown>): KeeperMessage {
  const actor = typeof request['actor'] === 'string' ? request['actor'] : 'unknown'
  switch (request['op']) {
    case 'hello':
      return {
        t: 'hello',
        protocol: KEEPER_PROTOCOL,
        version: VERSION,
        pid: process.pid,
        status: run.status(),
      }
    case 'stop':
      run.stop({
        reason: STOP_REASONS.get(String(request['reason'])) ?? 'killed',
        actor,
        graceMs: typeof request['graceMs'] === 'number' ? Math.max(0, request['graceMs']) : null,
        signal: typeof request['signal'] === 'string' ? request['signal'] : null,
      })
      return { t: 'ok' }
    case 'signal':
      return sendSignal(run, { name: String(request['signal']), toAll: request['target'] === 'all', actor })
    case 'input':
      run.feedInput()
      return { t: 'ok', data: { taken: run.status().inputTaken } }
    case 'resize':
      return resize(run, request)
    case 'amend':
      run.amend({ ...limit(request, 'deadlineMs'), ...limit(request, 'idleMs') })
      return { t: 'ok' }
    case 'trim': {
      const { keepBytes } = request
      if (typeof keepBytes !== 'number' || !(keepBytes >= 0))
        return error('bad_value', 'keepBytes must be a number from 0 up')
      return { t: 'ok', data: { kept: run.trim(keepBytes) } }
    }
    case 'members':
      return { t: 'ok', data: { members: run.members().map(toMemberInfo) } }
    default:
      return error('bad_value', `This keeper does not know ${JSON.stringify(request['op'])}`)
  }
}

function sendSignal(run: ServedRun, options: { name: string; toAll: boolean; actor: string }): KeeperMessage {
  const signal = signalNumber(options.name)
  if (signal === null) return error('bad_value', `There is no signal ${options.name}`)
  const results = options.toAll
    ? run.members().map((stat) => signalMember(stat, signal))
    : run.leader === null
      ? []
      : [signalIdentity(run.leader, signal)]
  const sent = results.filter((result) => result === 'sent').length
  run.fact('signal_sent', {
    signal: options.name,
    actor: options.actor,
    sent,
    target: options.toAll ? 'all' : 'leader',
  })
  return sent > 0
    ? { t: 'ok', data: { sent } }
    : error('job_not_running', `Nothing of the run lives that ${options.name} could be sent to`)
}

function resize(run: ServedRun, request: Record<string, unknown>): KeeperMessage {
  const { rows, cols } = request
  if (run.master === null) return error('not_a_terminal', 'This run has no terminal to resize')
  if (!isSize(rows) || !isSize(cols))
    return error('bad_value', 'rows and cols must be whole numbers from 1 to 65535')
  return resizePty(run.master, { rows, cols }) ? { t: 'ok' } : error('not_a_terminal', 'The terminal is gone')
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536
}

function limit(
  request: Record<string, unknown>,
  name: 'deadlineMs' | 'idleMs',
): Record<string, number | null> {
  const value = request[name]
  return typeof value === 'number' || value === null ? { [name]: value } : {}
}

const PAGE_BYTES = 4096
const TICK_MS = 10

function toMemberInfo(stat: ProcessStat): MemberInfo {
  return {
    pid: stat.pid,
    ppid: stat.ppid,
    startTicks: stat.startTicks,
    state: stat.state,
    command: readCommandLine(stat.pid, stat.command),
    rssBytes: Math.max(0, stat.rssPages) * PAGE_BYTES,
    cpuMs: stat.cpuTicks * TICK_MS,
  }
}
