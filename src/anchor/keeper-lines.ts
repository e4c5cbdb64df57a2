import { isRecord } from '../core/errors.ts'
import type { ControlToAnchor } from '../protocol/descriptors.ts'

/** What a keeper said on its control socket; null for what this version does not know. */
export function parseKeeperLine(line: string): ControlToAnchor | null {
  const value: unknown = JSON.parse(line)
  if (!isRecord(value)) return null
  switch (value['t']) {
    case 'leader':
      return typeof value['pid'] === 'number' && typeof value['startTicks'] === 'number'
        ? { t: 'leader', pid: value['pid'], startTicks: value['startTicks'] }
        : null
    case 'ended':
      return {
        t: 'ended',
        code: typeof value['code'] === 'number' ? value['code'] : null,
        signal: typeof value['signal'] === 'string' ? value['signal'] : null,
        coreDumped: value['coreDumped'] === true,
      }
    case 'ready':
    case 'launching':
    case 'done':
    case 'input_closed':
    case 'ask_unclaimed':
      return { t: value['t'] }
    default:
      return null
  }
}
