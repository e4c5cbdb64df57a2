import { FettleError, isRecord } from '../errors.ts'
import { parseDuration } from '../parse/duration.ts'
import { parseSize } from '../parse/size.ts'
import { DEFAULT_SETTINGS, type RunPermission, type Settings } from './settings.ts'

/** One thing that is wrong in the file. `key` is null for a whole table. */
export interface SettingsFault {
  readonly table: string
  readonly key: string | null
  readonly message: string
}

export interface ParsedSettings {
  readonly settings: Settings
  /** All of them at once; what they are about keeps its default. */
  readonly faults: readonly SettingsFault[]
}

type Apply = (settings: Settings, value: unknown) => Settings

/** Every table and key of `config.toml`. What is not here is a fault: it would silently do nothing. */
export const SETTINGS_KEYS: Readonly<Record<string, Readonly<Record<string, Apply>>>> = {
  run: {
    deadline: run('deadlineMs', (value) => optional(value, duration)),
    'deadline-wall': run('deadlineWallMs', (value) => optional(value, duration)),
    idle: run('idleMs', (value) => optional(value, duration)),
    memory: run('memoryBytes', (value) => optional(value, size)),
    processes: run('processes', (value) => optional(value, count)),
    'open-files': run('openFiles', (value) => optional(value, count)),
    'max-output': run('maxOutputBytes', size),
    'disk-full': run('diskFull', (value) => oneOf(value, ['drop', 'wait'])),
    grace: run('graceMs', (value) => parseDuration(text(value, 'a time such as "2s"'))),
  },
  budgets: {
    'jobs-per-owner': budget('jobsPerOwner', count),
    'output-per-owner': budget('ownerOutputBytes', (value) => optional(value, size)),
    'output-per-host': budget('hostOutputBytes', (value) => optional(value, size)),
  },
  retention: {
    age: retention('maxAgeMs', duration),
    jobs: retention('maxJobs', count),
    bytes: retention('maxBytes', size),
  },
  callers: {
    'runs-may': (settings, value) => ({ ...settings, runPermission: permission(value) }),
  },
  redaction: {
    names: (settings, value) => ({ ...settings, secretNames: names(value) }),
  },
}

/** `tables` is what the TOML parser made of the file. */
export function parseSettings(tables: unknown): ParsedSettings {
  let settings = DEFAULT_SETTINGS
  const faults: SettingsFault[] = []
  if (!isRecord(tables)) return { settings, faults }
  for (const [table, keys] of Object.entries(tables)) {
    const known = Object.hasOwn(SETTINGS_KEYS, table) ? SETTINGS_KEYS[table] : undefined
    if (known === undefined || !isRecord(keys)) {
      const expected = Object.keys(SETTINGS_KEYS)
        .map((name) => `[${name}]`)
        .join(' ')
      faults.push({ table, key: null, message: `there is no such table; expected ${expected}` })
      continue
    }
    for (const [key, value] of Object.entries(keys)) {
      const apply = Object.hasOwn(known, key) ? known[key] : undefined
      if (apply === undefined) {
        const message = `there is no such key in [${table}]; expected ${Object.keys(known).join(', ')}`
        faults.push({ table, key, message })
        continue
      }
      try {
        settings = apply(settings, value)
      } catch (error) {
        if (!(error instanceof FettleError)) throw error
        faults.push({ table, key, message: error.message })
      }
    }
  }
  return { settings, faults }
}

function run<K extends keyof Settings['run']>(key: K, read: (value: unknown) => Settings['run'][K]): Apply {
  return (settings, value) => ({ ...settings, run: { ...settings.run, [key]: read(value) } })
}

function budget<K extends keyof Settings['budgets']>(
  key: K,
  read: (value: unknown) => Settings['budgets'][K],
): Apply {
  return (settings, value) => ({ ...settings, budgets: { ...settings.budgets, [key]: read(value) } })
}

function retention<K extends keyof Settings['retention']>(
  key: K,
  read: (value: unknown) => Settings['retention'][K],
): Apply {
  return (settings, value) => ({ ...settings, retention: { ...settings.retention, [key]: read(value) } })
}

function optional<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === 'none' ? null : read(value)
}

function duration(value: unknown): number {
  return positive(parseDuration(text(value, 'a time such as "10m"')))
}

function size(value: unknown): number {
  return positive(parseSize(text(value, 'a size such as "2GB"')))
}

function positive(value: number): number {
  if (value > 0) return value
  throw new FettleError('bad_value', 'is nothing, more than 0 was expected')
}

export function count(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
  throw new FettleError('bad_value', `${show(value)} is not a whole number from 1 up`)
}

export function permission(value: unknown): RunPermission {
  return oneOf(value, ['all', 'own', 'read', 'nothing'])
}

function oneOf<const T extends string>(value: unknown, names: readonly T[]): T {
  const found = names.find((name) => name === value)
  if (found !== undefined) return found
  throw new FettleError('bad_value', `${show(value)} is none of ${names.join(', ')}`)
}

function names(value: unknown): string[] {
  if (Array.isArray(value)) {
    const found = value.filter((name): name is string => typeof name === 'string' && NAME.test(name))
    if (found.length === value.length) return found
  }
  throw new FettleError('bad_value', `${show(value)} is not a list of names such as ["CORP_LOGIN"]`)
}

/** Four characters at least: a shorter one would be found in half of all words. */
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{3,79}$/

function text(value: unknown, expected: string): string {
  if (typeof value === 'string') return value
  throw new FettleError('bad_value', `${show(value)} is not ${expected}, in quotes`)
}

function show(value: unknown): string {
  const shown = JSON.stringify(value) ?? String(value)
  return shown.length > 80 ? `${shown.slice(0, 80)}…` : shown
}
