import { readFileSync } from 'node:fs'
import { monotonicMs } from '../platform/clock.ts'
import { isErrno } from '../platform/files/errno.ts'
import type { PollLoop } from '../platform/linux/poll-loop.ts'

/** Looks after the start: programs that go into the background do so in their first moments. */
const LOOKS_MS = [100, 1_000, 10_000, 60_000]
/** Least time between two looks when the run shows that it is alive. */
const LOOK_EACH_MS = 250

/**
 * Writes down who has come to this keeper as an orphan of its run. Once the keeper is gone they are the anchor's
 * children, among those of other runs, and one that has left its session and closed everything has no other mark.
 */
export class Lineage {
  private readonly loop: PollLoop
  private readonly save: () => void
  private readonly startedMs = monotonicMs()
  private readonly later = {}
  private lookedMs = 0
  private children = ''

  constructor(options: { loop: PollLoop; leaderPid: number; save: () => void }) {
    this.loop = options.loop
    this.save = options.save
    this.children = `${options.leaderPid} `
    this.armLook()
  }

  /** The run has printed something: a moment at which we are awake anyway. */
  onActivity(): void {
    const due = this.lookedMs + LOOK_EACH_MS
    if (monotonicMs() >= due) this.look()
    else this.loop.at(this.later, due, () => this.look())
  }

  private armLook(): void {
    const now = monotonicMs()
    const next = LOOKS_MS.find((ms) => this.startedMs + ms > now)
    if (next === undefined) return
    this.loop.at(this, this.startedMs + next, () => {
      this.look()
      this.armLook()
    })
  }

  private look(): void {
    this.lookedMs = monotonicMs()
    const children = readOwnChildren()
    if (children !== null && children === this.children) return
    this.children = children ?? ''
    this.save()
  }
}

/** Pids of our children, as the kernel writes them; null where it has no such file. */
function readOwnChildren(): string | null {
  try {
    return readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null
    throw error
  }
}
