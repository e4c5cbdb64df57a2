import { readProcStat } from '../../src/platform/linux/processes.ts'
import type { BenchHome } from './bench-home.ts'

/** The process that guards a living run: the parent of its first one. */
export async function keeperOf(home: BenchHome, id: string): Promise<number> {
  const pid = (await home.job(id)).run?.pid
  const stat = pid === undefined || pid === null ? null : readProcStat(pid)
  if (stat === null) throw new Error(`job ${id} has no living first process`)
  return stat.ppid
}
