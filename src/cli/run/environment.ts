import { readFileSync } from 'node:fs'
import { FettleError } from '../../core/errors.ts'
import { parseEnvFile } from '../../core/parse/env-file.ts'
import { nonUtf8Environment } from './own-bytes.ts'

export interface EnvironmentOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** `K=V` sets, `K` takes from the caller (which it is anyway), in the order given. */
  readonly set: readonly string[]
  readonly files: readonly string[]
}

export interface RunEnvironment {
  readonly env: Record<string, string>
  /** `K=V\0…` as base64 where something is not UTF-8, else null. */
  readonly envBytes: string | null
  /** Names that were given with their value on the command line, where `ps` of the system shows it. */
  readonly publicNames: readonly string[]
}

/** They would act inside whatever bun or node the run starts, or name a channel that is not the run's. */
const NOT_PASSED_ON =
  /^(BUN_(OPTIONS|BE_BUN|INSPECT\w*|JSC_\w+|GC_TIMER_DISABLE)|NODE_CHANNEL_\w+|FETTLE_(RUN|JOB|DEBUG))$/

/** The run's whole environment: the caller's, then files, then single settings. */
export function makeRunEnvironment(options: EnvironmentOptions): RunEnvironment {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(options.env)) {
    if (value !== undefined && !NOT_PASSED_ON.test(name)) env[name] = value
  }
  for (const file of options.files) Object.assign(env, readEnvFile(file))
  const publicNames: string[] = []
  for (const entry of options.set) {
    const at = entry.indexOf('=')
    const name = at === -1 ? entry : entry.slice(0, at)
    if (name === '') throw new FettleError('bad_value', `--env: "${entry}" has no name, expected K=V or K`)
    if (at === -1) {
      const value = options.env[name]
      if (value === undefined) {
        throw new FettleError('bad_value', `--env ${name}: your environment has no ${name}`, {
          hint: `Export ${name} first, or give it with --env-file`,
        })
      }
      env[name] = value
    } else {
      env[name] = entry.slice(at + 1)
      publicNames.push(name)
    }
  }
  return { env, envBytes: toBytes(env, options), publicNames }
}

function toBytes(env: Readonly<Record<string, string>>, options: EnvironmentOptions): string | null {
  const raw = nonUtf8Environment(options.env)
  if (raw.size === 0) return null
  const parts: Buffer[] = []
  for (const [name, value] of Object.entries(env)) {
    // a value that was set anew is text again
    const bytes = value === options.env[name] ? raw.get(name) : undefined
    parts.push(Buffer.from(`${name}=`), bytes ?? Buffer.from(value), Buffer.from([0]))
  }
  return Buffer.concat(parts).toString('base64')
}

function readEnvFile(path: string): Record<string, string> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new FettleError(
      'bad_value',
      `--env-file: cannot read ${path}: ${error instanceof Error ? error.message : ''}`,
    )
  }
  return parseEnvFile(text, path)
}
