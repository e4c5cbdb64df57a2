import { join } from 'node:path'
import { FettleError } from '../../core/errors.ts'
import { findBrokenLine, findSettingLine } from '../../core/config/find-line.ts'
import { parseSettings, type SettingsFault } from '../../core/config/parse-settings.ts'
import { DEFAULT_SETTINGS, type Settings } from '../../core/config/settings.ts'
import { isErrno } from '../../platform/files/errno.ts'
import { readTextFile, writeAtomic } from '../../platform/files/write-atomic.ts'
import type { Home } from '../layout.ts'

export interface FoundSettings {
  readonly path: string
  /** Where the settings are from: the file, the last one that had no fault, or nowhere. */
  readonly from: 'file' | 'last good' | 'defaults'
  readonly settings: Settings
  /** What is wrong with the file: one line each, with path, line and key. */
  readonly faults: readonly string[]
}

export function settingsFile(home: Pick<Home, 'config'>): string {
  return join(home.config, 'config.toml')
}

/** A copy of the last file without a fault: a mistake in it must not turn all settings off behind its author's back. */
function lastGoodFile(home: Pick<Home, 'state'>): string {
  return join(home.state, 'last-good-config.toml')
}

/** The settings as they count now. A file with a fault does not count: the last good one does, or the defaults. */
export function readSettings(home: Pick<Home, 'config' | 'state'>): FoundSettings {
  const path = settingsFile(home)
  const read = readSource(path)
  if (read === null) return { path, from: 'defaults', settings: DEFAULT_SETTINGS, faults: [] }
  if (read.faults.length === 0) return { path, from: 'file', ...read }
  const before = readSource(lastGoodFile(home))
  return before === null || before.faults.length > 0
    ? { path, from: 'defaults', settings: DEFAULT_SETTINGS, faults: read.faults }
    : { path, from: 'last good', settings: before.settings, faults: read.faults }
}

/** For the daemon that has begun to serve with these settings. */
export function keepLastGood(home: Pick<Home, 'config' | 'state'>, { from, path }: FoundSettings): void {
  const text = from === 'file' ? readTextFile(path) : null
  if (text !== null && text !== readTextFile(lastGoodFile(home))) writeAtomic(lastGoodFile(home), text)
}

/** The faults as one error, for who must not go on with them. */
export function settingsError({ path, faults }: FoundSettings): FettleError {
  return new FettleError('bad_config', faults[0] ?? path, {
    hint: [...faults.slice(1), 'The keys and their values: docs/reference/configuration.md'].join('\n'),
    data: { path, faults },
  })
}

interface Source {
  readonly settings: Settings
  readonly faults: readonly string[]
}

/** Null when there is no such file. */
function readSource(path: string): Source | null {
  let text: string | null
  try {
    text = readTextFile(path)
  } catch (error) {
    if (!isErrno(error, 'EACCES', 'EISDIR', 'EIO', 'ELOOP', 'ENOTDIR')) throw error
    return { settings: DEFAULT_SETTINGS, faults: [`${path} cannot be read: ${error.message}`] }
  }
  if (text === null) return null
  const tables = parseToml(text)
  if (tables instanceof SyntaxError) {
    const line = findBrokenLine(text, (part) => !(parseToml(part) instanceof SyntaxError))
    const why = tables.message.replace(/^TOML Parse error: /, '')
    return { settings: DEFAULT_SETTINGS, faults: [`${path}, line ${line}: ${why}`] }
  }
  const { settings, faults } = parseSettings(tables)
  return { settings, faults: faults.map((fault) => describeFault(path, text, fault)) }
}

function parseToml(text: string): unknown {
  try {
    return Bun.TOML.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return error
    throw error
  }
}

function describeFault(path: string, text: string, { table, key, message }: SettingsFault): string {
  const line = findSettingLine(text, table, key)
  const where = line === null ? path : `${path}, line ${line}`
  return `${where}: ${key === null ? `[${table}]` : `${table}.${key}`}: ${message}`
}
