import { appendFileSync } from 'node:fs'
import type { PtySize } from '../../core/run/spec.ts'
import { isRecord } from '../../core/errors.ts'
import { readTextFile } from '../../platform/files/write-atomic.ts'

/** A size that a run's terminal was given when its output had this many bytes. */
export interface SizeChange extends PtySize {
  readonly offset: number
}

/** Appends to the journal of a run's terminal sizes, one JSON line each. */
export function addSize(path: string, { offset, rows, cols }: SizeChange): void {
  appendFileSync(path, `${JSON.stringify({ offset, rows, cols })}\n`, { mode: 0o600 })
}

/** In the order in which they were given; a line that is none, as a full disk leaves it, is passed over. */
export function readSizes(path: string): SizeChange[] {
  const text = readTextFile(path)
  return text === null ? [] : text.split('\n').flatMap((line) => parseSize(line))
}

/** The size a run's terminal has now. */
export function sizeNow(path: string, atFirst: PtySize): PtySize {
  const { rows, cols } = readSizes(path).at(-1) ?? atFirst
  return { rows, cols }
}

function parseSize(line: string): SizeChange[] {
  if (line === '') return []
  try {
    const value: unknown = JSON.parse(line)
    if (!isRecord(value)) return []
    const { offset, rows, cols } = value
    const isWhole = isSize(rows) && isSize(cols) && typeof offset === 'number' && offset >= 0
    return isWhole ? [{ offset, rows, cols }] : []
  } catch {
    // cut short: the size before it stands
    return []
  }
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0
}
