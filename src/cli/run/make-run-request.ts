import { resolve } from 'node:path'
import { FettleError } from '../../core/errors.ts'
import { parseOwnerName } from '../../core/job/owner-name.ts'
import { parseJobName } from '../../core/job/job-name.ts'
import { parseSignal } from '../../core/parse/signal.ts'
import type { RunRequest } from '../../protocol/api/run-request.ts'
import { DEFAULT_READINESS_TIMEOUT_MS } from '../../protocol/api/run-defaults.ts'
import { toKeyBytes } from '../keys.ts'
import type { ParsedArgs } from '../parse-args.ts'
import { named, readPair } from '../read-value.ts'
import { readCallerTraits } from './caller-traits.ts'
import { makeRunEnvironment } from './environment.ts'
import { commandBytes } from './own-bytes.ts'
import { defaultOwner } from './owner.ts'
import { readAfter, readBudget, readPtySize, readReadiness } from './read-run-values.ts'
import type { RunFlags } from './run-flags.ts'

export interface MadeRunRequest {
  readonly request: RunRequest
  /** What the caller should know, for stderr. */
  readonly warnings: readonly string[]
}

/** The command line as the request that the daemon takes. Fields that were not given are left out: defaults are the daemon's. */
export function makeRunRequest(args: ParsedArgs<RunFlags>): MadeRunRequest {
  const cwd = resolve(args.text('cwd') ?? process.cwd())
  const files = args.list('env-file')
  const environment = makeRunEnvironment({
    env: process.env,
    set: args.list('env'),
    files,
  })
  const name = args.text('name')
  const owner = args.text('owner')
  const task = args.text('task')
  const labels = args.list('label')
  const after = args.list('after')
  const watch = args.list('watch')
  const stdin = args.text('stdin')
  const leftovers = args.text('leftovers')
  const request: RunRequest = {
    requestKey: crypto.randomUUID(),
    ...commandPart(args),
    cwd,
    env: environment.env,
    owner: owner === null ? defaultOwner() : parseOwnerName('--owner', owner),
    caller: callerPart(),
    ...(environment.envBytes === null ? {} : { envBytes: environment.envBytes }),
    ...(files.length === 0 ? {} : { envFiles: files.map((file) => resolve(file)) }),
    ...(name === null ? {} : { name: named('--name', () => parseJobName(name)) }),
    ...(task === null ? {} : { task: parseOwnerName('--task', task) }),
    ...(labels.length === 0
      ? {}
      : { labels: Object.fromEntries(labels.map((label) => readPair('--label', label))) }),
    ...(stdin === 'pipe' || stdin === 'none' ? { stdin } : {}),
    ...ptyPart(args),
    ...(args.on('cwd-fallback') ? { cwdFallback: true } : {}),
    ...(args.on('split') ? { split: true } : {}),
    ...(args.on('replace') ? { replace: true } : {}),
    ...(args.on('notify') ? { notify: true } : {}),
    ...(leftovers === 'stop' || leftovers === 'keep' || leftovers === 'report' ? { leftovers } : {}),
    ...(after.length === 0 ? {} : { after: after.map(readAfter) }),
    ...(watch.length === 0 ? {} : { watch: { patterns: [...watch] } }),
    ...limitsPart(args),
    ...stopPart(args),
    ...restartPart(args),
    ...readinessPart(args, cwd),
  }
  const warnings =
    environment.publicNames.length === 0
      ? []
      : [
          `the value of ${environment.publicNames.join(', ')} stands in this command's arguments, which every user can read; --env-file or --env NAME keep it out`,
        ]
  return { request, warnings }
}

function commandPart(
  args: ParsedArgs<RunFlags>,
): Pick<RunRequest, 'argv' | 'shell' | 'argvBytes' | 'loginShell'> {
  const shell = args.text('shell')
  const { words, commandAt } = args
  if (shell !== null) {
    if (words.length > 0)
      throw new FettleError('usage', '--shell and a command do not go together: one of them is run')
    if (shell === '') throw new FettleError('bad_value', '--shell: the string is empty')
    return { shell, ...(args.on('login') ? { loginShell: true } : {}) }
  }
  if (words.length === 0) {
    throw new FettleError('usage', 'No command was given', {
      hint: 'fettle run [flags] -- CMD ARGS, or --shell STRING',
    })
  }
  const bytes = commandAt === null ? null : commandBytes(words, commandAt, process.argv.length - 2)
  return { argv: [...words], ...(bytes === null ? {} : { argvBytes: [...bytes] }) }
}

function callerPart(): RunRequest['caller'] {
  const { umask, nice, openFiles } = readCallerTraits()
  return { umask, nice, openFiles: [openFiles[0], openFiles[1]] }
}

function ptyPart(args: ParsedArgs<RunFlags>): Pick<RunRequest, 'pty' | 'stdin'> {
  const pty = args.optional('pty')
  if (pty === false) return {}
  return { pty: pty === null ? true : readPtySize(pty), stdin: 'pty' }
}

function limitsPart(args: ParsedArgs<RunFlags>): Pick<RunRequest, 'limits'> {
  const diskFull = args.text('disk-full')
  const limits: RunRequest['limits'] = {
    ...given('deadlineMs', args.number('deadline')),
    ...given('deadlineWallMs', args.number('deadline-wall')),
    ...given('idleMs', args.number('idle')),
    ...given('memoryBytes', args.number('memory')),
    ...given('processes', args.number('processes')),
    ...given('openFiles', args.number('open-files')),
    ...given('maxOutputBytes', args.number('max-output')),
    ...(diskFull === 'drop' || diskFull === 'wait' ? { diskFull } : {}),
  }
  return Object.keys(limits).length === 0 ? {} : { limits }
}

function stopPart(args: ParsedArgs<RunFlags>): Pick<RunRequest, 'stop'> {
  const signal = args.text('stop-signal')
  const keys = args.text('stop-keys')
  const stop = {
    ...given('graceMs', args.number('grace')),
    ...(signal === null ? {} : { signal: named('--stop-signal', () => parseSignal(signal)).name }),
    ...(keys === null ? {} : { keys: toKeyBytes(keys) }),
  }
  return Object.keys(stop).length === 0 ? {} : { stop }
}

function restartPart(args: ParsedArgs<RunFlags>): Pick<RunRequest, 'restart'> {
  const when = args.text('restart')
  if (when !== 'never' && when !== 'on-failure' && when !== 'always') return {}
  const budget = args.text('restart-budget')
  return {
    restart: {
      when,
      ...given('delayMs', args.number('restart-delay')),
      ...(budget === null ? {} : readBudget(budget)),
    },
  }
}

function readinessPart(args: ParsedArgs<RunFlags>, cwd: string): Pick<RunRequest, 'readiness'> {
  const ready = args.text('ready')
  if (ready === null) return {}
  const timeoutMs = args.number('ready-timeout') ?? DEFAULT_READINESS_TIMEOUT_MS
  const readiness = readReadiness(ready, { cwd, timeoutMs })
  return { readiness: readiness.kind === 'command' ? { ...readiness, argv: [...readiness.argv] } : readiness }
}

function given<K extends string>(key: K, value: number | null): Partial<Record<K, number>> {
  const part: Partial<Record<K, number>> = {}
  if (value !== null) part[key] = value
  return part
}
