import { isRecord } from '../core/errors.ts'
import type { AnchorRequest } from '../protocol/anchor.ts'

/** A request of the anchor's protocol, or what is wrong with the line. */
export function parseAnchorRequest(line: string): AnchorRequest | string {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return 'not JSON'
  }
  if (!isRecord(value)) return 'not an object'
  const text = (name: string): string => (typeof value[name] === 'string' ? value[name] : '')
  switch (value['op']) {
    case 'hello':
      return { op: 'hello', daemon: value['daemon'] === true }
    case 'list':
    case 'daemon_stop':
      return { op: value['op'] }
    case 'daemon_start':
      return typeof value['binary'] === 'string'
        ? { op: 'daemon_start', binary: value['binary'] }
        : { op: 'daemon_start' }
    case 'start':
      return parseStart(value)
    case 'adopt':
      return { op: 'adopt', run: text('run'), dir: text('dir'), socket: text('socket') }
    case 'close_input':
    case 'env':
    case 'forget_env':
      return { op: value['op'], run: text('run') }
    case 'hold_env':
      return { op: 'hold_env', run: text('run'), env: text('env') }
    default:
      return `unknown op ${JSON.stringify(value['op'])}`
  }
}

function parseStart(value: Record<string, unknown>): AnchorRequest | string {
  const { run, dir, socket, env, stdin } = value
  if (
    typeof run !== 'string' ||
    typeof dir !== 'string' ||
    typeof socket !== 'string' ||
    typeof env !== 'string'
  ) {
    return 'start needs run, dir, socket and env as text'
  }
  if (stdin !== 'none' && stdin !== 'pipe' && stdin !== 'pty') return 'stdin must be none, pipe or pty'
  const pty = value['pty']
  const size =
    isRecord(pty) && typeof pty['rows'] === 'number' && typeof pty['cols'] === 'number'
      ? { rows: pty['rows'], cols: pty['cols'] }
      : null
  return {
    op: 'start',
    run,
    dir,
    socket,
    env,
    stdin,
    split: value['split'] === true,
    pty: size,
    keepEnv: value['keepEnv'] === true,
  }
}
