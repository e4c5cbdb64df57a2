import type { Identity } from '../core/identity/identity.ts'
import { signalNumber } from '../core/parse/signal.ts'
import type { Outcome, StartFailure } from '../core/run/outcome.ts'
import type { RunSpec } from '../core/run/spec.ts'
import type { EndReason, StopIntent } from '../core/run/state.ts'
import { monotonicMs, nowMs } from '../platform/clock.ts'
import { killCgroup, removeCgroup } from '../platform/linux/cgroup.ts'
import { writeFd } from '../platform/linux/descriptor.ts'
import type { PollLoop } from '../platform/linux/poll-loop.ts'
import type { ProcessStat } from '../platform/linux/processes.ts'
import { SIGTERM } from '../platform/linux/signals.ts'
import { peekChild } from '../platform/linux/wait.ts'
import type { Descriptors } from '../protocol/descriptors.ts'
import type { AnchorLink } from './anchor-link.ts'
import { readOomKills } from './evidence.ts'
import type { KeeperClients } from './keeper-clients.ts'
import { LOST_END, type LeaderEnd } from './leader-end.ts'
import type { Limits } from './limits.ts'
import type { Members } from './members.ts'
import type { Output } from './output.ts'
import type { RunRecord } from './run-record.ts'
import { StopLadder } from './stop-ladder.ts'
import { toOutcome } from './to-outcome.ts'

export const DRAIN_MS = 300
/** A full disk delays an outcome; it is tried again this often. */
const RETRY_MS = 500
/** What was left running on purpose is looked at this often by a keeper whom the kernel does not tell. */
const LEFTOVER_LOOK_MS = 500

export interface StopOptions {
  readonly reason: EndReason
  readonly actor: string
  readonly graceMs: number | null
  /** First signal to the leader, instead of the spec's. */
  readonly signal?: string | null
}

export interface RunEndOptions {
  readonly loop: PollLoop
  readonly spec: RunSpec
  readonly record: RunRecord
  readonly output: Output
  readonly members: Members
  readonly limits: Limits
  readonly clients: KeeperClients
  readonly anchor: AnchorLink
  readonly descriptors: Descriptors
  /** Whether everyone of the run descends from this keeper, so that the kernel can say that nothing is left. */
  readonly isAncestor: boolean
  /** What of the run both its hands took with them, as a sentence. */
  readonly lost: string | null
}

/**
 * How a run comes to its end: asked to or by itself, with what it left behind, what is written of it, and when its
 * keeper may go. The leader's status, the empty set and the end of output are three facts, and none stands for another.
 */
export class RunEnd {
  private readonly loop: PollLoop
  private readonly spec: RunSpec
  private readonly record: RunRecord
  private readonly output: Output
  private readonly members: Members
  private readonly limits: Limits
  private readonly clients: KeeperClients
  private readonly anchor: AnchorLink
  private readonly descriptors: Descriptors
  private readonly isAncestor: boolean
  private readonly lost: string | null
  private readonly oomKills = readOomKills()
  private leaderEnd: LeaderEnd | null = null
  private ladder: StopLadder | null = null
  private outcomeWritten = false
  private hasLeft = false
  /** How many processes beside the leader were asked to stop. */
  private asked = 0

  constructor(options: RunEndOptions) {
    this.loop = options.loop
    this.spec = options.spec
    this.record = options.record
    this.output = options.output
    this.members = options.members
    this.limits = options.limits
    this.clients = options.clients
    this.anchor = options.anchor
    this.descriptors = options.descriptors
    this.isAncestor = options.isAncestor
    this.lost = options.lost
  }

  /** The first process while it lives, as far as is known. */
  get livingLeader(): Identity | null {
    return this.leaderEnd === null ? this.leader : null
  }

  get isLeaderEnded(): boolean {
    return this.leaderEnd !== null
  }

  get isOutcomeWritten(): boolean {
    return this.outcomeWritten
  }

  /** A successor finds the outcome written: what is left to do is to wait for what was left. */
  takeUpWritten(outcome: Outcome): void {
    this.leaderEnd = LOST_END
    this.outcomeWritten = true
    this.record.update({ name: outcome.state })
    this.leaveIfEmpty()
  }

  /** A successor climbs on where its predecessor was. */
  takeUpStop(): void {
    const { intent, name } = this.record.state
    if (intent !== null && name === 'stopping' && this.ladder === null) this.climb(intent)
  }

  /** Records the intent, then climbs the ladder. One that is being climbed already can only be hastened. */
  stop(options: StopOptions): void {
    const graceMs = options.graceMs ?? this.spec.stop.graceMs
    if (this.ladder !== null) {
      this.ladder.hasten(graceMs)
      return
    }
    const intent: StopIntent = { ...options, graceMs, atMs: nowMs(), monoMs: monotonicMs() }
    // What was left running after the end is stopped too; the end itself stays what it was.
    if (!this.outcomeWritten) this.record.step('stop_asked', { intent })
    this.clients.tellStatus()
    this.climb(intent)
  }

  onLeaderEnded(end: LeaderEnd): void {
    if (this.leaderEnd !== null) return
    this.leaderEnd = end
    this.limits.disarm()
    this.output.drain(DRAIN_MS)
    if (this.ladder !== null) this.ladder.advance()
    else if (this.isEmpty()) this.finish([])
    else this.treatLeftovers()
  }

  private treatLeftovers(): void {
    const left = this.members.list(this.leader)
    this.record.saveLedger(this.members.seen)
    if (this.spec.leftovers !== 'stop') {
      this.finish(left)
      return
    }
    this.asked = left.length
    this.record.step('leader_ended')
    this.ladder = this.makeLadder({
      startMs: monotonicMs(),
      graceMs: this.spec.stop.graceMs,
      skipLeader: true,
    })
  }

  /** A process of the run has ended. */
  onSetChanged(): void {
    if (this.ladder !== null) this.ladder.advance()
    else if (this.outcomeWritten) this.leaveIfEmpty()
  }

  private climb(intent: StopIntent): void {
    const keys = this.spec.stop.keys
    const { master } = this.descriptors
    if (keys !== null && master !== undefined) writeFd(master, Buffer.from(keys))
    const left = this.members.list(this.leader)
    const others = left.filter((stat) => stat.pid !== this.leader?.pid || this.leaderEnd !== null)
    this.asked = Math.max(this.asked, others.length)
    this.record.saveLedger(this.members.seen)
    this.ladder = this.makeLadder({
      startMs: intent.monoMs,
      graceMs: intent.graceMs,
      skipLeader: this.leaderEnd !== null,
    })
  }

  private makeLadder(options: { startMs: number; graceMs: number; skipLeader: boolean }): StopLadder {
    return new StopLadder({
      ...options,
      loop: this.loop,
      leaderSignal: signalNumber(this.record.state.intent?.signal ?? this.spec.stop.signal) ?? SIGTERM,
      run: {
        isTerminal: this.spec.pty !== null,
        livingLeader: () => this.livingLeader,
        members: () => this.members.list(this.leader),
        killGroup: () => {
          if (this.members.cgroup !== null) killCgroup(this.members.cgroup)
        },
        isEmpty: () => this.leaderEnd !== null && this.isEmpty(),
        onDone: (survivors) => {
          // Set in the constructor of the ladder already when nothing was left to stop.
          this.loop.at(this.record, monotonicMs(), () => this.onLadderDone(survivors))
        },
      },
    })
  }

  private onLadderDone(survivors: readonly ProcessStat[]): void {
    this.ladder = null
    if (this.leaderEnd === null) this.leaderEnd = LOST_END
    if (this.outcomeWritten) this.leaveIfEmpty()
    else this.finish(survivors)
  }

  /** ECHILD is the kernel's word that nothing is left; a successor has only its listing. */
  private isEmpty(): boolean {
    if (this.isAncestor) return peekChild() === 'none'
    return this.members.list(this.leader).length === 0
  }

  failStart(failure: StartFailure): void {
    this.leaderEnd = LOST_END
    this.writeEnd({ failure, survivors: [] })
  }

  private finish(survivors: readonly ProcessStat[]): void {
    this.output.drain(DRAIN_MS)
    this.output.flush()
    this.writeEnd({ failure: null, survivors })
  }

  private writeOutcome(outcome: Outcome): void {
    if (!this.record.finish(outcome)) {
      this.loop.at(this, monotonicMs() + RETRY_MS, () => this.writeOutcome(outcome))
      return
    }
    this.outcomeWritten = true
    this.clients.tellStatus()
    this.clients.tell({ t: 'outcome' })
    this.leaveIfEmpty()
  }

  private leaveIfEmpty(): void {
    if (this.hasLeft) return
    if (!this.isEmpty()) {
      if (!this.isAncestor) this.loop.at(this, monotonicMs() + LEFTOVER_LOOK_MS, () => this.leaveIfEmpty())
      return
    }
    // What a full disk does not take yet is in pipes that end with their last holder.
    if (this.output.drain(DRAIN_MS) === 'left') {
      this.loop.at(this, monotonicMs() + RETRY_MS, () => this.leaveIfEmpty())
      return
    }
    this.hasLeft = true
    this.output.flush()
    this.anchor.tell({ t: 'done' })
    this.clients.unlisten()
    if (this.members.cgroup !== null) removeCgroup(this.members.cgroup)
    this.loop.stop()
  }

  private writeEnd(options: { failure: StartFailure | null; survivors: readonly ProcessStat[] }): void {
    const outcome = toOutcome({
      ...options,
      state: this.record.state,
      spec: this.spec,
      end: this.leaderEnd ?? LOST_END,
      oomKillsBefore: this.oomKills,
      asked: this.asked,
      lost: this.lost,
      isAncestor: this.isAncestor,
    })
    this.writeOutcome(outcome)
  }

  private get leader(): Identity | null {
    return this.record.state.leader
  }
}
