/** Timers above 24.8 days fire at once: longer ones are chained. */
const LONGEST_MS = 24 * 3_600_000

export interface LongTimer {
  cancel(): void
}

/** Calls `run` once, after so much time awake: the wall clock may be set meanwhile. */
export function callAfter(delayMs: number, run: () => void): LongTimer {
  const atMs = performance.now() + delayMs
  let timer: ReturnType<typeof setTimeout> | null = null
  const arm = (): void => {
    const leftMs = atMs - performance.now()
    timer = setTimeout(leftMs <= LONGEST_MS ? run : arm, Math.min(Math.max(leftMs, 0), LONGEST_MS))
  }
  arm()
  return {
    cancel: () => {
      if (timer !== null) clearTimeout(timer)
    },
  }
}
