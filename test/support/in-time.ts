import type { EngineRun } from './engine-run.ts'

/**
 * A run whose keeper was replaced while its time was running out: on a machine that was too slow for that once more,
 * with more time.
 */
export async function replacedInTime(start: (withinMs: number) => Promise<EngineRun>): Promise<EngineRun> {
  for (let withinMs = 2_000; ; withinMs *= 3) {
    const run = await start(withinMs)
    if (await run.replaceKeeperInTime()) return run
  }
}
