import type { Outcome } from '../core/run/outcome.ts'
import { transition, type RunEventKind } from '../core/run/transition.ts'
import { STATE_FORMAT, type RunState } from '../core/run/state.ts'
import { bootId, boottimeMs, monotonicMs, nowMs } from '../platform/clock.ts'
import { isErrno } from '../platform/files/errno.ts'
import type { PollLoop } from '../platform/linux/poll-loop.ts'
import type { EndedChild } from '../platform/linux/wait.ts'
import { readIdentity } from '../platform/linux/processes.ts'
import type { RunPaths } from '../store/layout.ts'
import { appendFact, readFacts, type KeeperFact } from '../store/run-files/facts.ts'
import { writeLedger } from '../store/run-files/ledger.ts'
import { writeOutcome } from '../store/run-files/outcome.ts'
import { REAPED_FORMAT, writeReaped } from '../store/run-files/reaped.ts'
import { readState, writeState } from '../store/run-files/state.ts'

/** A run that drops output for a year must not fill the disk by saying so. */
const MAX_FACTS = 10_000
/** A full disk delays a state; it is tried again this often. */
const RETRY_MS = 500

/** The run's state and outcome on disk. A full disk delays them; what is in memory stays right meanwhile. */
export class RunRecord {
  state: RunState
  private readonly paths: RunPaths
  private facts: number | null = null
  private readonly loop: PollLoop
  private readonly retry = {}
  private readonly makeRoom: () => boolean
  private readonly onWrittenLate: () => void

  constructor(options: {
    loop: PollLoop
    paths: RunPaths
    hostId: string
    generation: number
    tty: string | null
    /** Gives up old output of this run for the sake of its records. */
    makeRoom: () => boolean
    /** A state that the disk had refused is on it. */
    onWrittenLate: () => void
  }) {
    this.loop = options.loop
    this.paths = options.paths
    this.makeRoom = options.makeRoom
    this.onWrittenLate = options.onWrittenLate
    const before = readState(options.paths.state)
    const keeper = readIdentity(process.pid)
    this.state =
      before === null
        ? {
            format: STATE_FORMAT,
            hostId: options.hostId,
            bootId: bootId(),
            name: 'starting',
            leader: null,
            tty: options.tty,
            keeper,
            keeperGeneration: options.generation,
            startedAtMs: nowMs(),
            startedMonoMs: monotonicMs(),
            startedBootMs: boottimeMs(),
            intent: null,
            amended: null,
            updatedAtMs: nowMs(),
          }
        : { ...before, keeper, keeperGeneration: options.generation }
  }

  /**
   * Write-ahead: the new state is on disk before what it announces is done. False when the disk refused it; then it is
   * written as soon as there is room.
   */
  update(change: Partial<RunState>): boolean {
    this.state = { ...this.state, ...change, updatedAtMs: nowMs() }
    return this.writeState()
  }

  private writeState(): boolean {
    const isWritten = this.durably(() => writeState(this.paths.state, this.state))
    this.loop.at(this.retry, isWritten ? null : monotonicMs() + RETRY_MS, () => {
      if (this.writeState()) this.onWrittenLate()
    })
    return isWritten
  }

  /** Writes what an event makes of the run, by the table of states; false when the disk refused it. */
  step(event: RunEventKind, change: Partial<Omit<RunState, 'name'>> = {}): boolean {
    const cell = transition(this.state.name, event)
    return this.update(cell.kind === 'moved' ? { ...change, name: cell.next } : change)
  }

  /** False when the disk refused it: try again later. */
  finish(outcome: Outcome): boolean {
    return (
      this.durably(() => writeOutcome(this.paths.outcome, outcome)) && this.update({ name: outcome.state })
    )
  }

  /** The leader's status, before it is reaped: should we be killed in between, a successor finds it here. */
  keepReaped(child: EndedChild): void {
    const { hostId, leader } = this.state
    if (leader === null) return
    const { pid: _pid, ...status } = child
    const unknown = { cpuMs: null, maxRssBytes: null }
    this.durably(() =>
      writeReaped(this.paths.reaped, {
        format: REAPED_FORMAT,
        hostId,
        leader,
        ...status,
        ...unknown,
        reapedAtMs: nowMs(),
      }),
    )
  }

  /** Number of the fact within the run; -1 when it could not be kept. */
  keepFact(fact: Omit<KeeperFact, 'n'>): number {
    this.facts ??= readFacts(this.paths.facts).length
    if (this.facts >= MAX_FACTS) return -1
    const n = this.facts
    if (!this.durably(() => appendFact(this.paths.facts, { n, ...fact }))) return -1
    this.facts += 1
    return n
  }

  saveLedger(seen: ReadonlyMap<number, number>): void {
    const { hostId } = this.state
    const members = [...seen].map(([pid, startTicks]) => ({ pid, startTicks }))
    this.durably(() =>
      writeLedger(this.paths.ledger, { format: 1, hostId, bootId: bootId(), members, updatedAtMs: nowMs() }),
    )
  }

  /** False when the disk refused it. */
  durably(write: () => unknown): boolean {
    for (;;) {
      try {
        write()
        return true
      } catch (error) {
        if (isErrno(error, 'ENOSPC', 'EDQUOT') && this.makeRoom()) continue
        // ENOENT: somebody removed the run's folder; there is nobody left to tell.
        if (isErrno(error, 'ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE', 'ENFILE')) return false
        if (isErrno(error, 'ENOENT')) return true
        throw error
      }
    }
  }
}
