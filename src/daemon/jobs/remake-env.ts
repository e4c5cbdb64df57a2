import { readFileSync } from 'node:fs'
import { FettleError } from '../../core/errors.ts'
import { parseEnvFile } from '../../core/parse/env-file.ts'
import type { RunSpec } from '../../core/run/spec.ts'
import { toEnvBlock } from './env-block.ts'

/** What a start with a remade environment says of it: where it is from, and what the first run had beside. */
export interface RemadeFrom {
  readonly files: readonly string[]
  /** Names only. */
  readonly missing: readonly string[]
}

export interface RemadeEnv {
  /** `K=V\0…` as base64. */
  readonly env: string
  readonly from: RemadeFrom
}

/** What every program may count on, from the daemon's own environment: it is the same user on the same machine. */
const BASIC = /^(?:HOME|PATH|LANG|LC_.*|TZ|USER|LOGNAME|TMPDIR|XDG_.*)$/

/**
 * The environment that was held is lost (anchor and daemon ended, or the machine was started anew): it is made again
 * from the job's own files. Null for a job that named none. Throws when a file cannot be read.
 */
export function remakeEnv(
  spec: Pick<RunSpec, 'envFiles' | 'envNames' | 'pty'>,
  own: { readonly home: string | null; readonly env: Readonly<Record<string, string | undefined>> },
): RemadeEnv | null {
  const { envFiles, envNames, pty } = spec
  if (envFiles.length === 0) return null
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(own.env)) {
    if (value !== undefined && BASIC.test(name)) env[name] = value
  }
  for (const file of envFiles) Object.assign(env, parseEnvFile(readEnvFile(file), file))
  const block = toEnvBlock({ env }, { home: own.home, isTerminal: pty !== null })
  const there = new Set(block.names)
  return {
    env: block.base64,
    from: { files: envFiles, missing: envNames.filter((name) => !there.has(name)) },
  }
}

function readEnvFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new FettleError('start_failed', `Cannot read the environment file ${path} again: ${why}`, {
      data: { path },
    })
  }
}
