/** Timers above 24.8 days fire at once: longer ones are chained. Also checks the clock again, which may be set. */
const LONGEST_MS = 24 * 3_600_000

export interface LongTimer {
  cancel(): void
}

/** Calls `run` once, at `atMs` of the wall clock or soon after. */
export function callAt(atMs: number, nowMs: () => number, run: () => void): LongTimer {
  let timer: ReturnType<typeof setTimeout> | null = null
  const arm = (): void => {
    const leftMs = atMs - nowMs()
    timer = setTimeout(() => (nowMs() >= atMs ? run() : arm()), Math.min(Math.max(leftMs, 0), LONGEST_MS))
  }
  arm()
  return {
    cancel: () => {
      if (timer !== null) clearTimeout(timer)
    },
  }
}
