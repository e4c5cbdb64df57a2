import type { RunPermission } from '../../core/config/settings.ts'
import { FettleError } from '../../core/errors.ts'
import { readProcStat, type ProcessStat } from '../../platform/linux/processes.ts'
import type { ApiMethod } from '../../protocol/api/methods.ts'
import type { Peer } from '../transport/peer.ts'

/** Who asks, from the kernel and not from arguments. */
export interface Caller {
  readonly pid: number
  /** The run the caller's process belongs to, null when it is in none. */
  readonly inside: { readonly jobId: string; readonly n: number; readonly owner: string } | null
  /** Nobody can tell: another pid namespace, or a process that has ended meanwhile. */
  readonly isUnknown: boolean
  /** The caller's process and its ancestors, nearest first. */
  readonly lineage: readonly ProcessStat[]
}

export interface KnownRun {
  readonly jobId: string
  readonly n: number
  readonly owner: string
  readonly leader: { readonly pid: number; readonly startTicks: number } | null
  readonly keeper: { readonly pid: number; readonly startTicks: number } | null
}

const MAX_DEPTH = 200

/**
 * Walks from the caller's process up. A process of a run has the run's first process or, when it was orphaned, the
 * run's keeper above it.
 */
export function identifyCaller(
  peer: Pick<Peer, 'pid'>,
  runs: readonly KnownRun[],
  look: (pid: number) => ProcessStat | null = readProcStat,
): Caller {
  const lineage: ProcessStat[] = []
  for (let pid = peer.pid; pid > 1 && lineage.length < MAX_DEPTH;) {
    const stat = look(pid)
    if (stat === null) break
    lineage.push(stat)
    pid = stat.ppid
  }
  for (const stat of lineage) {
    const run = runs.find(({ leader, keeper }) => isProcess(leader, stat) || isProcess(keeper, stat))
    if (run !== undefined) {
      const { jobId, n, owner } = run
      return { pid: peer.pid, inside: { jobId, n, owner }, isUnknown: false, lineage }
    }
  }
  return { pid: peer.pid, inside: null, isUnknown: lineage.length === 0, lineage }
}

function isProcess(known: { pid: number; startTicks: number } | null, stat: ProcessStat): boolean {
  return known !== null && known.pid === stat.pid && known.startTicks === stat.startTicks
}

/** Refuses what a caller inside a run may not do at all. Whose jobs it may act on is `checkOwner`'s. */
export function checkAccess(
  caller: Caller,
  options: {
    readonly permission: RunPermission
    readonly access: ApiMethod['access']
    readonly method: string
  },
): void {
  const { permission, access, method } = options
  if (access === 'open') return
  if (caller.isUnknown) {
    if (access === 'read') return
    throw new FettleError(
      'not_owner',
      `Cannot tell which process asks for ${method}: reading is all it may do`,
      {
        hint: 'A caller in another pid namespace, or one that has ended, is not known to the kernel here.',
      },
    )
  }
  if (caller.inside === null || permission === 'all') return
  const { jobId } = caller.inside
  const allowed =
    permission === 'own' ? access !== 'operate' : permission === 'read' ? access === 'read' : false
  if (allowed) return
  throw new FettleError('not_owner', `A process of ${jobId} may not ask for ${method}`, {
    hint: `The setting for callers inside runs is "${permission}".`,
    data: { jobId, permission },
  })
}

/** Refuses acting on another owner's job from inside a run. */
export function checkOwner(
  caller: Caller,
  job: { readonly id: string; readonly name: string | null; readonly owner: string },
  permission: RunPermission,
): void {
  if (caller.inside === null || permission === 'all' || caller.inside.owner === job.owner) return
  const label = job.name ?? job.id
  throw new FettleError(
    'not_owner',
    `Cannot act on job "${label}": it belongs to "${job.owner}", the caller is a process of "${caller.inside.owner}"`,
    { data: { jobId: job.id, owner: job.owner, caller: caller.inside.owner } },
  )
}

/** Who is written down as having asked. */
export function actorOf(caller: Caller, given: string | undefined, owner: string | null): string {
  if (caller.inside !== null) return `owner:${caller.inside.owner}`
  return given ?? (owner === null ? 'user' : `owner:${owner}`)
}
