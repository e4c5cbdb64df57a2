import { FettleError } from '../errors.ts'
import { parseDuration } from '../parse/duration.ts'
import { parseSize } from '../parse/size.ts'
import { count, permission } from './parse-settings.ts'
import type { Settings } from './settings.ts'

/** Variables that win over the file. */
export const SETTINGS_VARIABLES = {
  FETTLE_RETAIN_AGE: (settings, text) => ({
    ...settings,
    retention: { ...settings.retention, maxAgeMs: parseDuration(text) },
  }),
  FETTLE_RETAIN_JOBS: (settings, text) => ({
    ...settings,
    retention: { ...settings.retention, maxJobs: readCount(text) },
  }),
  FETTLE_RETAIN_BYTES: (settings, text) => ({
    ...settings,
    retention: { ...settings.retention, maxBytes: parseSize(text) },
  }),
  FETTLE_RUNS_MAY: (settings, text) => ({ ...settings, runPermission: permission(text) }),
  FETTLE_JOBS_PER_OWNER: (settings, text) => ({
    ...settings,
    budgets: { ...settings.budgets, jobsPerOwner: readCount(text) },
  }),
  FETTLE_OUTPUT_PER_OWNER: (settings, text) => ({
    ...settings,
    budgets: { ...settings.budgets, ownerOutputBytes: parseSize(text) },
  }),
  FETTLE_OUTPUT_PER_HOST: (settings, text) => ({
    ...settings,
    budgets: { ...settings.budgets, hostOutputBytes: parseSize(text) },
  }),
} as const satisfies Readonly<Record<string, (settings: Settings, text: string) => Settings>>

/** Throws `bad_config` that names the variable. An empty one is as good as none. */
export function applyEnvironment(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
): Settings {
  let applied = settings
  for (const [name, apply] of Object.entries<(settings: Settings, text: string) => Settings>(
    SETTINGS_VARIABLES,
  )) {
    const text = env[name] ?? ''
    if (text === '') continue
    try {
      applied = apply(applied, text)
    } catch (error) {
      if (!(error instanceof FettleError)) throw error
      throw new FettleError('bad_config', `${name}: ${error.message}`, {
        hint: error.hint,
        data: { variable: name },
      })
    }
  }
  return applied
}

function readCount(text: string): number {
  return count(/^\d{1,9}$/.test(text) ? Number(text) : text)
}
