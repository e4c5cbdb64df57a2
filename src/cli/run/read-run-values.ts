import { resolve } from 'node:path'
import { FettleError } from '../../core/errors.ts'
import { parseDuration } from '../../core/parse/duration.ts'
import type { AfterCondition, PtySize, Readiness } from '../../core/run/spec.ts'
import { named, readInteger } from '../read-value.ts'

/** `output:TEXT`, `port:N`, `http:URL` or a URL, `file:PATH`, `cmd:COMMAND`. */
export function readReadiness(text: string, options: { cwd: string; timeoutMs: number }): Readiness {
  const { cwd, timeoutMs } = options
  if (/^https?:\/\//.test(text)) return { kind: 'http', url: readUrl(text), timeoutMs }
  const at = text.indexOf(':')
  const value = text.slice(at + 1)
  if (at > 0 && value !== '') {
    switch (text.slice(0, at)) {
      case 'output':
        return { kind: 'output', pattern: value, timeoutMs }
      case 'port':
        return { kind: 'port', port: readPort(value), timeoutMs }
      case 'http':
      case 'https':
        return { kind: 'http', url: readUrl(value), timeoutMs }
      case 'file':
        return { kind: 'file', path: resolve(cwd, value), timeoutMs }
      case 'cmd':
        return { kind: 'command', argv: ['sh', '-c', value], timeoutMs }
      default:
    }
  }
  throw new FettleError('bad_value', `--ready: "${text}" is not a check`, {
    hint: 'output:TEXT, output:/regex/, port:3000, http:http://127.0.0.1:3000/, file:PATH or cmd:COMMAND',
  })
}

function readUrl(text: string): string {
  if (/^https?:\/\/./.test(text) && URL.canParse(text)) return text
  throw new FettleError('bad_value', `--ready: "${text}" is not the address of a page`, {
    hint: 'As http://127.0.0.1:3000/health',
  })
}

function readPort(text: string): number {
  const port = readInteger('--ready port', text, 1)
  if (port > 65_535) throw new FettleError('bad_value', `--ready: port ${port} is above 65535`)
  return port
}

/** `db:ready`; without a condition `ready` is meant. */
export function readAfter(text: string): AfterCondition {
  const at = text.lastIndexOf(':')
  const job = at === -1 ? text : text.slice(0, at)
  const condition = at === -1 ? 'ready' : text.slice(at + 1)
  if (job === '' || (condition !== 'ready' && condition !== 'exited' && condition !== 'ok')) {
    throw new FettleError(
      'bad_value',
      `--after: "${text}" is not of the form NAME:ready, NAME:exited or NAME:ok`,
    )
  }
  return { job, condition }
}

/** `10/5m`: at most ten starts in five minutes. */
export function readBudget(text: string): { readonly budget: number; readonly windowMs: number } {
  const at = text.indexOf('/')
  if (at <= 0) {
    throw new FettleError('bad_value', `--restart-budget: "${text}" is not of the form N/WINDOW`, {
      hint: 'As 10/5m',
    })
  }
  const windowMs = named('--restart-budget', () => parseDuration(text.slice(at + 1)))
  if (windowMs <= 0)
    throw new FettleError('bad_value', '--restart-budget: the window must be longer than nothing')
  return { budget: readInteger('--restart-budget', text.slice(0, at), 1), windowMs }
}

/** `24x80`: rows, then columns. */
export function readPtySize(text: string): PtySize {
  const match = /^(\d+)x(\d+)$/.exec(text)
  const rows = Number(match?.[1] ?? 0)
  const cols = Number(match?.[2] ?? 0)
  if (rows < 1 || cols < 1 || rows > 65_535 || cols > 65_535) {
    throw new FettleError('bad_value', `--pty: "${text}" is not a size of a terminal`, {
      hint: 'Rows x columns, as 30x120',
    })
  }
  return { rows, cols }
}
