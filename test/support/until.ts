import { inspect } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'

/** Generous: the suite runs on slow machines beside other work. A fact that comes is seen at once. */
export const DEADLINE_MS = 40_000
const FIRST_LOOK_MS = 2
const SLOWEST_LOOK_MS = 50

export interface UntilOptions<T> {
  readonly deadlineMs?: number
  /** Said in the failure. */
  readonly what?: string
  /** Whether what was seen is what was waited for; without it anything but `false`, `null` and `undefined` is. */
  readonly holds?: (seen: T) => boolean
}

type Found<T> = Exclude<T, false | null | undefined>

/**
 * Waits for a fact and gives what was seen. Throws after the deadline with what was seen last. A look that throws
 * counts as not seen.
 */
export async function until<T>(look: () => T | Promise<T>, options: UntilOptions<T> = {}): Promise<Found<T>> {
  const { deadlineMs = DEADLINE_MS, what = 'the fact', holds } = options
  const startedMs = performance.now()
  let seen: unknown
  for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(waitMs * 1.3, SLOWEST_LOOK_MS)) {
    const isLast = performance.now() - startedMs > deadlineMs
    try {
      const value = await look()
      seen = value
      if (isFound(value) && (holds === undefined || holds(value))) return value
    } catch (error) {
      seen = error
    }
    if (isLast) throw new Error(`Waited ${deadlineMs} ms for ${what}; seen last: ${show(seen)}`)
    await sleep(waitMs)
  }
}

function isFound<T>(value: T): value is Found<T> {
  return value !== false && value !== null && value !== undefined
}

function show(value: unknown): string {
  const text = value instanceof Error ? value.message : inspect(value, { depth: 6 })
  return text.length > 2_000 ? `${text.slice(0, 2_000)} … ${text.length - 2_000} more characters` : text
}
