import { expect, test } from 'bun:test'
import type { ProcessStat } from '../../platform/linux/processes.ts'
import { checkAccess, checkOwner, identifyCaller, type KnownRun } from './callers.ts'

const stat = (pid: number, ppid: number): ProcessStat => ({
  pid,
  ppid,
  command: 'x',
  state: 'S',
  session: pid,
  ttyNumber: 0,
  cpuTicks: 0,
  startTicks: pid * 10,
  rssPages: 0,
  waitStatus: 0,
})
/** 9 → 8 (leader) → 7 (keeper) → 2 (anchor) → 1;  6 → 7;  5 → 1 */
const TREE = new Map(
  [stat(9, 8), stat(8, 7), stat(7, 2), stat(2, 1), stat(6, 7), stat(5, 1)].map((s) => [s.pid, s]),
)
const look = (pid: number): ProcessStat | null => TREE.get(pid) ?? null
const run: KnownRun = {
  jobId: 'proc_0123456789ab',
  n: 1,
  owner: 'agent-a',
  leader: { pid: 8, startTicks: 80 },
  keeper: { pid: 7, startTicks: 70 },
}

test('a process of a run is known by its first process, an orphan by its keeper', () => {
  expect(identifyCaller({ pid: 9 }, [run], look).inside?.owner).toBe('agent-a')
  expect(identifyCaller({ pid: 6 }, [run], look).inside?.owner).toBe('agent-a')
  expect(identifyCaller({ pid: 5 }, [run], look).inside).toBeNull()
})

test('a pid that was given out again is not the run', () => {
  const recycled = { ...run, leader: { pid: 8, startTicks: 81 }, keeper: null }
  expect(identifyCaller({ pid: 9 }, [recycled], look).inside).toBeNull()
})

test('who cannot be seen may read and no more', () => {
  const caller = identifyCaller({ pid: 0 }, [run], look)
  expect(caller.isUnknown).toBe(true)
  checkAccess(caller, { permission: 'own', access: 'read', method: 'listJobs' })
  expect(() => checkAccess(caller, { permission: 'own', access: 'act', method: 'stopJobs' })).toThrow(
    'Cannot tell',
  )
})

test('each permission allows what it says', () => {
  const caller = identifyCaller({ pid: 9 }, [run], look)
  const may = (
    permission: 'all' | 'own' | 'read' | 'nothing',
    access: 'open' | 'read' | 'act' | 'operate',
  ) => {
    try {
      checkAccess(caller, { permission, access, method: 'm' })
      return true
    } catch {
      return false
    }
  }
  const table = (['all', 'own', 'read', 'nothing'] as const).map((permission) =>
    (['open', 'read', 'act', 'operate'] as const).map((access) => may(permission, access)),
  )
  expect(table).toEqual([
    [true, true, true, true],
    [true, true, true, false],
    [true, true, false, false],
    [true, false, false, false],
  ])
})

test("another owner's job is refused from inside a run, by the message that names both", () => {
  const caller = identifyCaller({ pid: 9 }, [run], look)
  const job = { id: 'proc_ffffffffffff', name: 'web', owner: 'agent-b' }
  expect(() => checkOwner(caller, job, 'own')).toThrow(
    'belongs to "agent-b", the caller is a process of "agent-a"',
  )
  checkOwner(caller, job, 'all')
  checkOwner(caller, { ...job, owner: 'agent-a' }, 'own')
})
