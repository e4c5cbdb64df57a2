import { FettleError } from '../core/errors.ts'

/** Values of flags, read once at the edge. Bare numbers are refused: 10 what? */

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** `500ms`, `1.5s`, `1h30m` → ms. */
export function readDuration(what: string, text: string): number {
  if (text === '0') return 0
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|min|[smhdw])/gy)]
  const length = parts.reduce((sum, part) => sum + part[0].length, 0)
  if (parts.length === 0 || length !== text.length) {
    throw new FettleError('bad_value', `${what}: "${text}" is no time`, {
      hint: 'A number with a unit: 500ms, 10s, 5m, 2h, 1h30m, 7d',
    })
  }
  const ms = parts.reduce((sum, part) => sum + Number(part[1]) * (DURATION_UNITS[part[2] ?? ''] ?? 0), 0)
  return Math.round(ms)
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
}

/** `64kB`, `2GB`, `1.5GiB` → bytes. kB is 1000 bytes, KiB 1024. */
export function readSize(what: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kmgt]?i?b)$/i.exec(text)
  const unit = match === null ? undefined : SIZE_UNITS[(match[2] ?? '').toLowerCase()]
  if (match === null || unit === undefined) {
    throw new FettleError('bad_value', `${what}: "${text}" is no size`, {
      hint: 'A number with a unit: 800B, 64kB, 512MB, 2GB, 1GiB',
    })
  }
  return Math.round(Number(match[1]) * unit)
}

export function readInteger(what: string, text: string, min: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value) || value < min) {
    throw new FettleError('bad_value', `${what}: "${text}" is no whole number from ${min} up`)
  }
  return value
}
