import { FettleError } from '../errors.ts'

/** Decimal with B (`kB`, `MB`, `GB`, as disks are sold), binary with iB; a lone letter is binary, as in `ulimit` and Docker. */
const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  k: 1_024,
  kb: 1_000,
  kib: 1_024,
  m: 1_048_576,
  mb: 1_000_000,
  mib: 1_048_576,
  g: 1_073_741_824,
  gb: 1_000_000_000,
  gib: 1_073_741_824,
  t: 1_099_511_627_776,
  tb: 1_000_000_000_000,
  tib: 1_099_511_627_776,
}

const SHAPE = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i
const EXPECTED = 'a number with a unit, such as 512k, 10MiB or 2GB (bytes: 4096B)'

/** `512k`, `10MiB`, `2GB`, `4096B` → bytes. A number without a unit is refused, save `0`. */
export function parseSize(text: string): number {
  const trimmed = text.trim()
  if (trimmed === '0') return 0
  const [, number = '', unit = ''] = SHAPE.exec(trimmed) ?? []
  if (number !== '' && unit === '') {
    throw new FettleError('bad_value', `"${text}" is a size without a unit, expected ${EXPECTED}`, {
      hint: `Write ${trimmed}B for bytes or ${trimmed}MB for megabytes.`,
      data: { value: text },
    })
  }
  const factor = Object.hasOwn(UNITS, unit.toLowerCase()) ? UNITS[unit.toLowerCase()] : undefined
  const bytes = factor === undefined ? Number.NaN : Math.round(Number(number) * factor)
  if (!Number.isSafeInteger(bytes)) {
    throw new FettleError('bad_value', `"${text}" is not a size, expected ${EXPECTED}`, {
      data: { value: text },
    })
  }
  return bytes
}

const STEPS = ['kB', 'MB', 'GB', 'TB', 'PB'] as const

/** Decimal units, three figures: `17 B`, `1.20 MB`, `2.00 GB`, `999 kB`. */
export function formatSize(bytes: number): string {
  if (!Number.isFinite(bytes)) return 'unknown'
  if (bytes < 0) return `-${formatSize(-bytes)}`
  if (bytes < 1_000) return `${Math.round(bytes)} B`
  let value = bytes / 1_000
  let step = 0
  // 999.5 would be written as 1000.
  while (value >= 999.5 && step < STEPS.length - 1) {
    value /= 1_000
    step++
  }
  const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0
  return `${value.toFixed(digits)} ${STEPS[step] ?? 'PB'}`
}
