import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isWithout } from './features.ts'
import type { StreamName } from '../../src/store/layout.ts'

export interface OutputOnDisk {
  /** What is there, holes left out. */
  readonly bytes: Buffer
  readonly segments: readonly { readonly from: number; readonly bytes: number }[]
  readonly holes: readonly { readonly from: number; readonly to: number }[]
  /** End offset of the last segment. */
  readonly end: number
}

/** Reads a run's output by nothing but the names and bytes of its segments: tests must not trust the reader in src. */
export function readOutput(folder: string, stream: StreamName = 'out'): OutputOnDisk {
  const names = existsSync(folder) ? readdirSync(folder).toSorted() : []
  const segments: { from: number; bytes: number }[] = []
  const holes: { from: number; to: number }[] = []
  const parts: Buffer[] = []
  let end = 0
  for (const name of names) {
    const match = new RegExp(`^${stream}-(\\d{16})\\.seg$`).exec(name)
    if (match === null) continue
    const from = Number(match[1])
    const part = readFileSync(join(folder, name))
    if (from < end) throw new Error(`${name} begins before the end of the one before it (${end})`)
    if (from > end) holes.push({ from: end, to: from })
    segments.push({ from, bytes: part.byteLength })
    parts.push(part)
    end = from + part.byteLength
  }
  return { bytes: Buffer.concat(parts), segments, holes, end }
}

/**
 * As `differenceOf`, for a run whose keepers were killed. Where they cannot splice they copy, and what one had in its
 * hands is lost with it: then what is there must still be what was printed, in order and once.
 */
export function differenceAfterKills(got: Uint8Array, expected: Uint8Array): string | null {
  if (!isWithout('splice')) return differenceOf(got, expected)
  let at = 0
  for (const byte of expected) if (at < got.byteLength && got[at] === byte) at++
  return at === got.byteLength ? null : `what stands at ${at} of ${got.byteLength} was not printed there`
}

/**
 * null when both are the same; else where they part, with what stands there. Comparing megabytes with `toEqual`
 * would print them.
 */
export function differenceOf(got: Uint8Array, expected: Uint8Array): string | null {
  if (Buffer.compare(got, expected) === 0) return null
  const common = Math.min(got.byteLength, expected.byteLength)
  let at = 0
  while (at < common && got[at] === expected[at]) at++
  const around = (bytes: Uint8Array): string =>
    JSON.stringify(Buffer.from(bytes.subarray(Math.max(0, at - 40), at + 60)).toString('latin1'))
  return `${got.byteLength} bytes instead of ${expected.byteLength}, parting at ${at}: ${around(got)} instead of ${around(expected)}`
}
