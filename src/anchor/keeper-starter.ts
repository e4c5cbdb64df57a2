import { HANDED, namesOf, type Assignment, type Descriptors } from '../protocol/descriptors.ts'
import { monotonicMs } from '../platform/clock.ts'
import { Poll } from '../platform/linux/constants.ts'
import { closeFd, waitReady } from '../platform/linux/descriptor.ts'
import type { PollLoop } from '../platform/linux/poll-loop.ts'
import { makeSocketPair, sendDescriptors } from '../platform/linux/sockets.ts'
import { handEnvironment, spawnSelf } from '../platform/linux/spawn.ts'

/** Our log: whatever a keeper has to say goes there too. */
const STDERR = 2
/** The next spare keeper is started when the run that took the last one has had its first moments, ms. */
const REFILL_AFTER_MS = 150

export interface StartedKeeper {
  readonly pid: number
  /** Our end of the control socket. */
  readonly control: number
}

/**
 * Starts keepers. A process of this runtime takes longer to load than everything that a start does besides, so one
 * is kept loaded and waiting: a run that starts alone does not wait for a keeper. Bursts start theirs directly.
 */
export class KeeperStarter {
  private readonly loop: PollLoop
  private spare: StartedKeeper | null = null

  constructor(loop: PollLoop) {
    this.loop = loop
  }

  /** 0 while there is none. */
  get sparePid(): number {
    return this.spare?.pid ?? 0
  }

  /** `pid` below zero is an errno. */
  start(assignment: Omit<Assignment, 'names'>, descriptors: Descriptors): StartedKeeper {
    const order = { ...assignment, names: namesOf(descriptors) }
    const fds = order.names.map((name) => descriptors[name] ?? -1)
    this.loop.at(this, monotonicMs() + REFILL_AFTER_MS, () => this.refill())
    return this.useSpare(order, fds) ?? spawnKeeper(order, fds)
  }

  /** Whether the ended child was the spare. */
  onChildEnded(pid: number): boolean {
    if (pid !== this.spare?.pid) return false
    closeFd(this.spare.control)
    this.spare = null
    return true
  }

  close(): void {
    // It ends by itself when nobody is at the other end any more.
    if (this.spare !== null) closeFd(this.spare.control)
    this.spare = null
  }

  private useSpare(order: Assignment, fds: readonly number[]): StartedKeeper | null {
    const { spare } = this
    // Its first word is there once it has loaded everything.
    if (spare === null || !waitReady(spare.control, Poll.IN, 0)) return null
    this.spare = null
    if (sendDescriptors(spare.control, `${JSON.stringify(order)}\n`, fds) > 0) return spare
    closeFd(spare.control)
    return null
  }

  private refill(): void {
    if (this.spare !== null) return
    const [ours, theirs] = makeSocketPair()
    const pid = spawnSelf({
      args: ['__keeper', 'wait'],
      files: new Map([
        [STDERR, STDERR],
        [HANDED.control, theirs],
      ]),
      env: handEnvironment(process.env),
    })
    closeFd(theirs)
    if (pid > 0) this.spare = { pid, control: ours }
    else closeFd(ours)
  }
}

function spawnKeeper(order: Assignment, fds: readonly number[]): StartedKeeper {
  const [ours, theirs] = makeSocketPair()
  const files = new Map<number, number>([
    [STDERR, STDERR],
    [HANDED.control, theirs],
  ])
  order.names.forEach((name, i) => files.set(HANDED[name], fds[i] ?? -1))
  const pid = spawnSelf({
    args: ['__keeper', JSON.stringify(order)],
    files,
    env: handEnvironment(process.env),
  })
  closeFd(theirs)
  if (pid < 0) closeFd(ours)
  return { pid, control: ours }
}
