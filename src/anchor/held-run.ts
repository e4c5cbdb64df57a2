import type { Identity } from '../core/identity/identity.ts'
import { HANDED, namesOf, type Descriptors } from '../protocol/descriptors.ts'
import { closeFd } from '../platform/linux/descriptor.ts'
import type { LineChannel } from '../platform/linux/line-channel.ts'
import type { Source } from '../platform/linux/poll-loop.ts'
import { makeSocketPair } from '../platform/linux/sockets.ts'
import { ownEnvironment, spawnSelf } from '../platform/linux/spawn.ts'

/** One run as the anchor holds it. It knows no policy: descriptors, who keeps it, and its first process. */
export interface HeldRun {
  readonly run: string
  readonly dir: string
  readonly socket: string
  readonly tty: string
  readonly descriptors: Descriptors
  readonly keepEnv: boolean
  keeperPid: number | null
  /** Watches a keeper that is no child of this anchor. */
  keeperWatch: Source | null
  generation: number
  control: LineChannel | null
  leader: Identity | null
  done: boolean
  /** CLOCK_MONOTONIC of the newest keeper's start, and how many in a row did not last. */
  keeperStartedMs: number
  shortLives: number
}

/** Our log: whatever a keeper has to say goes there too. */
const STDERR = 2

export interface KeeperStart {
  readonly pid: number
  /** Our end of the control socket. */
  readonly control: number
}

/** Starts a keeper with copies of everything the anchor holds of the run. `pid` below zero is an errno. */
export function startKeeper(
  held: HeldRun,
  options: { mode: 'start' | 'adopt'; hostId: string },
): KeeperStart {
  const [ours, theirs] = makeSocketPair()
  const files = new Map<number, number>([
    [STDERR, STDERR],
    [HANDED.control, theirs],
  ])
  for (const name of namesOf(held.descriptors)) {
    const fd = held.descriptors[name]
    if (fd !== undefined && name !== 'control') files.set(HANDED[name], fd)
  }
  const names = namesOf(held.descriptors).join(',')
  const pid = spawnSelf({
    args: [
      '__keeper',
      held.dir,
      held.socket,
      options.hostId,
      options.mode,
      String(held.generation),
      held.tty === '' ? '-' : held.tty,
      names,
    ],
    files,
    env: ownEnvironment(process.env),
  })
  closeFd(theirs)
  if (pid < 0) closeFd(ours)
  return { pid, control: ours }
}
