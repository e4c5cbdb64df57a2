import { setTimeout as sleep } from 'node:timers/promises'
import { FettleError, isRecord } from '../../core/errors.ts'
import type { Outcome, Survivor } from '../../core/run/outcome.ts'
import { isAlive } from '../../platform/linux/processes.ts'
import { KeeperLink } from '../engine/keeper-link.ts'

export interface StopLeftoversOptions {
  /** The keeper's socket. */
  readonly path: string
  readonly outcome: Outcome
  readonly reason: string
  readonly actor: string
  readonly graceMs: number
  readonly signal: string | null
  /** How long to wait for the keeper to be done. */
  readonly withinMs: number
  /** Called when there is something to stop, before the keeper is asked. */
  readonly onAsk: (left: readonly Survivor[]) => void
}

export interface StoppedLeftovers {
  readonly ended: readonly Survivor[]
  readonly left: readonly Survivor[]
  /** Nobody guards what is left, so nobody may signal it. */
  readonly isUnguarded: boolean
}

/**
 * Stops what an ended run was allowed to leave. Its keeper stays for as long as something of it lives, knows who
 * belongs to it, and goes when nothing is left: that is the proof.
 */
export async function stopLeftovers(options: StopLeftoversOptions): Promise<StoppedLeftovers> {
  const { path, outcome, reason, actor, graceMs, signal, withinMs, onAsk } = options
  const { promise: gone, resolve: onGone } = Promise.withResolvers<'gone'>()
  const link = new KeeperLink({
    path,
    onStatus: () => {},
    onOutput: () => {},
    onFact: () => {},
    onOutcome: () => {},
    // One connection: when it closes the keeper has left.
    isOver: () => true,
    onGone: () => onGone('gone'),
    onSilence: () => {},
  })
  link.open()
  const timer = new AbortController()
  try {
    const members = await readSurvivors(link)
    if (members === null) {
      const left = stillAlive(outcome, outcome.leftovers.survivors)
      return { ended: [], left, isUnguarded: true }
    }
    if (members.length === 0) return { ended: [], left: [], isUnguarded: false }
    onAsk(members)
    await link.request({ op: 'stop', reason, actor, graceMs, ...(signal === null ? {} : { signal }) })
    const late = sleep(withinMs, 'late' as const, { signal: timer.signal })
    await Promise.race([gone, late])
    const left = stillAlive(outcome, members)
    const isLeft = new Set(left.map(({ pid }) => pid))
    return { ended: members.filter(({ pid }) => !isLeft.has(pid)), left, isUnguarded: false }
  } finally {
    timer.abort()
    link.close()
  }
}

function stillAlive({ bootId }: Outcome, known: readonly Survivor[]): Survivor[] {
  return known.filter(({ pid, startTicks }) => isAlive({ bootId, pid, startTicks }))
}

/** Who of the run lives, by its keeper's word; null when no keeper answers. */
export async function readSurvivors(link: {
  request(r: { op: 'members' }): Promise<Readonly<Record<string, unknown>>>
}): Promise<Survivor[] | null> {
  try {
    const { members } = await link.request({ op: 'members' })
    return Array.isArray(members) ? members.flatMap(toSurvivor) : []
  } catch (error) {
    if (error instanceof FettleError) return null
    throw error
  }
}

function toSurvivor(member: unknown): Survivor[] {
  if (!isRecord(member)) return []
  const { pid, startTicks, command } = member
  if (typeof pid !== 'number' || typeof startTicks !== 'number') return []
  const why = 'still there after the stop ladder'
  return [{ pid, startTicks, command: typeof command === 'string' ? command : '', why }]
}
