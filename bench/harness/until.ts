const DEADLINE_MS = 60_000

export interface UntilOptions {
  readonly what: string
  readonly deadlineMs?: number
  /** Pause between two looks, ms. */
  readonly everyMs?: number
}

/** Looks until there is something other than `null` and `false`; throws after the deadline. */
export async function until<T>(
  look: () => T | Promise<T>,
  { what, deadlineMs = DEADLINE_MS, everyMs = 2 }: UntilOptions,
): Promise<Exclude<T, null | false | undefined>> {
  const endsAt = performance.now() + deadlineMs
  for (;;) {
    const found = await look()
    if (isFound(found)) return found
    if (performance.now() > endsAt) throw new Error(`waited ${deadlineMs / 1000} s for ${what}`)
    await Bun.sleep(everyMs)
  }
}

function isFound<T>(value: T): value is Exclude<T, null | false | undefined> {
  return value !== null && value !== false && value !== undefined
}
