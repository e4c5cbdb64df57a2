import { FettleError } from '../errors.ts'

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

const SHAPE = /^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/
const PART = /(\d+(?:\.\d+)?)(ms|[smhdw])/g
const EXPECTED = 'a number with a unit, such as 500ms, 1.5s, 2m, 1h30m or 7d'

/** `500ms`, `1.5s`, `2m`, `1h30m`, `7d` → whole milliseconds. A number without a unit is refused, save `0`. */
export function parseDuration(text: string): number {
  const trimmed = text.trim()
  if (trimmed === '0') return 0
  if (/^\d+(?:\.\d+)?$/.test(trimmed)) {
    throw new FettleError('bad_value', `"${text}" is a time without a unit, expected ${EXPECTED}`, {
      hint: `Write ${trimmed}s for seconds or ${trimmed}ms for milliseconds.`,
      data: { value: text },
    })
  }
  if (!SHAPE.test(trimmed)) throw badTime(text)
  let ms = 0
  for (const [, number = '', unit = ''] of trimmed.matchAll(PART)) ms += Number(number) * (UNITS[unit] ?? 0)
  if (ms > Number.MAX_SAFE_INTEGER) throw badTime(text)
  return Math.round(ms)
}

function badTime(text: string): FettleError {
  return new FettleError('bad_value', `"${text}" is not a time, expected ${EXPECTED}`, {
    data: { value: text },
  })
}

/** At most two units, the larger first: `45ms`, `3.2s`, `2m 5s`, `1h 30m`, `7d`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return 'unknown'
  if (ms < 0) return `-${formatDuration(-ms)}`
  if (ms < 1_000) return `${Math.round(ms)}ms`
  if (ms < 10_000) return `${Math.floor(ms / 100) / 10}s`
  const s = Math.floor(ms / 1_000)
  if (s < 60) return `${s}s`
  if (s < 3_600) return pair([Math.floor(s / 60), 'm'], [s % 60, 's'])
  if (s < 86_400) return pair([Math.floor(s / 3_600), 'h'], [Math.floor((s % 3_600) / 60), 'm'])
  return pair([Math.floor(s / 86_400), 'd'], [Math.floor((s % 86_400) / 3_600), 'h'])
}

function pair(large: readonly [number, string], small: readonly [number, string]): string {
  return small[0] === 0 ? `${large[0]}${large[1]}` : `${large[0]}${large[1]} ${small[0]}${small[1]}`
}
