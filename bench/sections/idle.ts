import type { BenchHome } from '../fettle/bench-home.ts'
import { readWork, workBetween, type WorkReading } from '../harness/process-readings.ts'

export interface IdleReading {
  readonly settleMs: number
  readonly windowMs: number
  readonly cpuPercent: number
  readonly switchesPerSecond: number
  /** Who did it, in words. */
  readonly breakdown: string
}

/** What all of fettle does while nothing happens. Nobody asks anything meanwhile, this process included. */
export async function measureIdle(
  home: BenchHome,
  { settleMs, windowMs }: { readonly settleMs: number; readonly windowMs: number },
): Promise<IdleReading> {
  await Bun.sleep(settleMs)
  const { anchor, daemon, keepers } = home.processes()
  const groups = new Map([
    ['anchor', anchor === null ? [] : [anchor]],
    ['daemon', daemon === null ? [] : [daemon]],
    ['keepers', keepers],
  ])
  const read = (): Map<string, WorkReading> =>
    new Map([...groups].map(([name, pids]) => [name, readWork(pids)]))
  const before = read()
  const startedMs = performance.now()
  await Bun.sleep(windowMs)
  const elapsedMs = performance.now() - startedMs
  const after = read()
  const work = [...groups.keys()].map((name) => {
    const none: WorkReading = new Map()
    return { name, ...workBetween(before.get(name) ?? none, after.get(name) ?? none) }
  })
  const percent = (cpuMs: number): number => (100 * cpuMs) / elapsedMs
  const perSecond = (count: number): number => (1000 * count) / elapsedMs
  return {
    settleMs,
    windowMs,
    cpuPercent: percent(work.reduce((sum, { cpuMs }) => sum + cpuMs, 0)),
    switchesPerSecond: perSecond(work.reduce((sum, { switches }) => sum + switches, 0)),
    breakdown: `${work
      .map(
        ({ name, cpuMs, switches }) =>
          `${name} ${percent(cpuMs).toFixed(3)} %, ${perSecond(switches).toFixed(1)}/s`,
      )
      .join('; ')}.`,
  }
}
