import type { RunDefaults } from '../../core/config/settings.ts'
import { FettleError } from '../../core/errors.ts'
import { SPEC_FORMAT, type RunSpec } from '../../core/run/spec.ts'
import {
  DEFAULT_LIMITS,
  DEFAULT_PTY,
  DEFAULT_RESTART,
  DEFAULT_STOP,
  DEFAULT_WATCH,
} from '../../protocol/api/run-defaults.ts'
import type { CheckedRunRequest } from '../../protocol/api/run-request.ts'
import { compilePatterns } from '../watch/compile-patterns.ts'

/** The request with every default filled in. `cwd` and the names of the environment come from the caller's checks. */
export function toRunSpec(
  request: CheckedRunRequest,
  given: { readonly cwd: string; readonly envNames: readonly string[]; readonly defaults?: RunDefaults },
): RunSpec {
  const pty = toPty(request.pty)
  const { graceMs, ...limits } = given.defaults ?? {}
  const watch = merge(DEFAULT_WATCH, request.watch)
  // Refused here, before there is a job of it.
  compilePatterns(watch.patterns)
  if (request.readiness?.kind === 'output') compilePatterns([request.readiness.pattern])
  // A first delay above the usual longest one is the longest one, where none was given.
  const maxDelayMs = Math.max(DEFAULT_RESTART.maxDelayMs, request.restart?.delayMs ?? 0)
  const restart = merge({ ...DEFAULT_RESTART, maxDelayMs }, request.restart)
  if (restart.maxDelayMs < restart.delayMs) {
    throw new FettleError(
      'bad_value',
      `restart.maxDelayMs (${restart.maxDelayMs}) is less than restart.delayMs (${restart.delayMs})`,
    )
  }
  return {
    format: SPEC_FORMAT,
    argv: request.argv ?? toShellArgv(request),
    argvBytes: request.argvBytes ?? null,
    cwd: given.cwd,
    stdin: pty === null ? (request.stdin ?? 'none') : 'pty',
    pty,
    split: request.split ?? false,
    envNames: given.envNames,
    envFiles: request.envFiles ?? [],
    limits: merge(merge(DEFAULT_LIMITS, limits), request.limits),
    stop: merge(merge(DEFAULT_STOP, { graceMs }), request.stop),
    leftovers: request.leftovers ?? 'stop',
    restart,
    readiness: request.readiness ?? null,
    after: request.after ?? [],
    watch,
    notify: request.notify ?? false,
    caller: request.caller,
  }
}

/** Never an interactive shell: it ignores SIGTERM and reads people's rc files. */
function toShellArgv(request: CheckedRunRequest): string[] {
  const script = request.shell ?? ''
  return request.loginShell === true ? ['/bin/sh', '-l', '-c', script] : ['/bin/sh', '-c', script]
}

function toPty(pty: CheckedRunRequest['pty']): RunSpec['pty'] {
  if (pty === undefined || pty === null || pty === false) return null
  return pty === true ? DEFAULT_PTY : pty
}

/** `defaults` with what `given` says; a key whose value is undefined says nothing. */
function merge<T extends object>(defaults: T, given: { readonly [K in keyof T]?: T[K] | undefined } = {}): T {
  const merged = { ...defaults }
  for (const key of Object.keys(defaults)) {
    if (!isKeyOf(defaults, key)) continue
    const value = given[key]
    if (value !== undefined) merged[key] = value
  }
  return merged
}

function isKeyOf<T extends object>(value: T, key: string): key is keyof T & string {
  return Object.hasOwn(value, key)
}
