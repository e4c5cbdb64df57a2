import { isRecord } from '../../core/errors.ts'
import type { KeeperMessage, KeeperStatus } from '../../protocol/keeper.ts'

/** A keeper's message by hand; null for what this version does not know. */
export function parseKeeperMessage(value: unknown): KeeperMessage | null {
  if (!isRecord(value)) return null
  switch (value['t']) {
    case 'hello': {
      const status = parseStatus(value['status'])
      if (status === null) return null
      return {
        t: 'hello',
        protocol: toNumber(value['protocol']),
        version: toText(value['version']),
        pid: toNumber(value['pid']),
        status,
      }
    }
    case 'status': {
      const status = parseStatus(value['status'])
      return status === null ? null : { t: 'status', status }
    }
    case 'output':
      return { t: 'output', out: toNumber(value['out']), err: toNumber(value['err']) }
    case 'fact':
      return typeof value['kind'] === 'string' && isRecord(value['data'])
        ? {
            t: 'fact',
            n: numberOr(value['n'], -1),
            atMs: numberOr(value['atMs'], 0),
            kind: value['kind'],
            data: value['data'],
          }
        : null
    case 'outcome':
      return { t: 'outcome' }
    case 'ok':
      return isRecord(value['data']) ? { t: 'ok', data: value['data'] } : { t: 'ok' }
    case 'error':
      return { t: 'error', code: toText(value['code']), message: toText(value['message']) }
    default:
      return null
  }
}

function numberOr(value: unknown, other: number): number {
  return typeof value === 'number' ? value : other
}

function parseStatus(value: unknown): KeeperStatus | null {
  if (!isRecord(value) || typeof value['state'] !== 'string') return null
  const { leader, limits } = value
  return {
    state: value['state'],
    leader:
      isRecord(leader) && typeof leader['pid'] === 'number' && typeof leader['startTicks'] === 'number'
        ? { pid: leader['pid'], startTicks: leader['startTicks'] }
        : null,
    out: toNumber(value['out']),
    err: toNumber(value['err']),
    inputTaken: toNumber(value['inputTaken']),
    outEof: value['outEof'] === true,
    generation: toNumber(value['generation']),
    droppedBytes: toNumber(value['droppedBytes']),
    limits: {
      deadlineMs: isRecord(limits) ? toNumberOrNull(limits['deadlineMs']) : null,
      idleMs: isRecord(limits) ? toNumberOrNull(limits['idleMs']) : null,
    },
  }
}

function toNumber(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

function toNumberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
