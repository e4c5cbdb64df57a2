import { FettleError } from '../core/errors.ts'
import { parseDuration } from '../core/parse/duration.ts'
import { parseSize } from '../core/parse/size.ts'
import type { RetentionLimits } from '../core/retention/retention.ts'
import type { RunPermission } from './jobs/callers.ts'

/** Settings of a daemon, from its environment. */
export interface DaemonConfig {
  readonly retention: RetentionLimits
  /** What processes of runs may ask for. */
  readonly runPermission: RunPermission
}

const DEFAULT_RETENTION: RetentionLimits = {
  maxAgeMs: 7 * 24 * 3_600_000,
  maxJobs: 500,
  maxBytes: 20_000_000_000,
}

/** `FETTLE_RETAIN_AGE=7d`, `FETTLE_RETAIN_JOBS=500`, `FETTLE_RETAIN_BYTES=20GB`, `FETTLE_RUNS_MAY=own`. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): DaemonConfig {
  const given = <T>(name: string, read: (text: string) => T, fallback: T): T => {
    const text = env[name] ?? ''
    return text === '' ? fallback : read(text)
  }
  return {
    retention: {
      maxAgeMs: given('FETTLE_RETAIN_AGE', (text) => parseDuration(text), DEFAULT_RETENTION.maxAgeMs),
      maxJobs: given('FETTLE_RETAIN_JOBS', readCount, DEFAULT_RETENTION.maxJobs),
      maxBytes: given('FETTLE_RETAIN_BYTES', (text) => parseSize(text), DEFAULT_RETENTION.maxBytes),
    },
    runPermission: given('FETTLE_RUNS_MAY', readPermission, 'own'),
  }
}

function readCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new FettleError('bad_value', `FETTLE_RETAIN_JOBS is "${text}", a whole number was expected`)
}

function readPermission(text: string): RunPermission {
  if (text === 'all' || text === 'own' || text === 'read' || text === 'nothing') return text
  throw new FettleError('bad_value', `FETTLE_RUNS_MAY is "${text}", all, own, read or nothing was expected`)
}
