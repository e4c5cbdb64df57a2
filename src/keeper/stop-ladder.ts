import type { Identity } from '../core/identity/identity.ts'
import { bootId, monotonicMs } from '../platform/clock.ts'
import { signalIdentity, type SignalResult } from '../platform/linux/pidfd.ts'
import type { PollLoop } from '../platform/linux/poll-loop.ts'
import type { ProcessStat } from '../platform/linux/processes.ts'
import { SIGCONT, SIGHUP, SIGKILL, SIGSTOP, SIGTERM } from '../platform/linux/signals.ts'

/** How long after SIGKILL a process may take to be gone before it is called a survivor (uninterruptible sleep). */
const SETTLE_MS = 5_000
/** How often a successor, whom the kernel tells of no orphan's end, looks again. */
const LOOK_EACH_MS = 25
/** Freeze and list until nothing new appears; more rounds than any bomb can fork while frozen. */
const MAX_FREEZE_ROUNDS = 50

export interface LadderRun {
  readonly isTerminal: boolean
  /** The first process while it lives, else null. */
  livingLeader(): Identity | null
  members(): ProcessStat[]
  /** SIGKILL to everyone at once, where the kernel can do that. */
  killGroup(): void
  /** Whether nothing is left, by the best means there is. */
  isEmpty(): boolean
  /** Called once, when nothing is left or the survivors have been given up. */
  onDone(survivors: readonly ProcessStat[]): void
}

/**
 * Ends all of a run in phases, each of which ends as soon as nothing is left: a signal to the leader, which may end
 * its own children decently; SIGTERM to everyone once it has ended or half of the grace is over; at the end of the
 * grace everyone is frozen, so that nobody can fork away, and killed.
 *
 * Phases count from the recorded intent, so a keeper that takes over climbs on where its predecessor was.
 */
export class StopLadder {
  private readonly loop: PollLoop
  private readonly run: LadderRun
  private readonly startMs: number
  private graceMs: number
  private phase: 'leader' | 'everyone' | 'kill' | 'done'

  constructor(options: {
    loop: PollLoop
    run: LadderRun
    startMs: number
    graceMs: number
    leaderSignal: number
    /** Leftovers of a leader that has ended by itself: it needs no asking. */
    skipLeader: boolean
  }) {
    this.loop = options.loop
    this.run = options.run
    this.startMs = options.startMs
    this.graceMs = options.graceMs
    this.phase = options.skipLeader ? 'everyone' : 'leader'
    if (this.phase === 'leader') this.askLeader(options.leaderSignal)
    else this.askEveryone()
    this.advance()
  }

  /** Somebody is less patient than whoever asked first. */
  hasten(graceMs: number): void {
    this.graceMs = Math.min(this.graceMs, monotonicMs() - this.startMs + graceMs)
    this.advance()
  }

  /** Something has ended, or time has passed. */
  advance(): void {
    if (this.phase === 'done') return
    if (this.run.isEmpty()) {
      this.finish([])
      return
    }
    const now = monotonicMs()
    const leaderGone = this.run.livingLeader() === null
    if (this.phase === 'leader' && (leaderGone || now >= this.startMs + this.graceMs / 2)) {
      this.phase = 'everyone'
      this.askEveryone()
    }
    if (this.phase === 'everyone' && now >= this.startMs + this.graceMs) {
      this.phase = 'kill'
    }
    // Again at each look: who was being born while the others were killed is frozen and killed as well.
    if (this.phase === 'kill') this.killEveryone()
    if (this.phase === 'kill' && now >= this.startMs + this.graceMs + SETTLE_MS) {
      this.finish(this.run.members())
      return
    }
    this.loop.at(this, this.nextLookMs(now), () => this.advance())
  }

  private nextLookMs(now: number): number {
    const border = {
      leader: this.startMs + this.graceMs / 2,
      everyone: this.startMs + this.graceMs,
      kill: now + LOOK_EACH_MS,
      done: now,
    }[this.phase]
    return Math.min(border, now + LOOK_EACH_MS * 2)
  }

  private askLeader(signal: number): void {
    const leader = this.run.livingLeader()
    if (leader === null) return
    signalIdentity(leader, signal)
    // As a terminal that closes would.
    if (this.run.isTerminal) signalIdentity(leader, SIGHUP)
    signalIdentity(leader, SIGCONT)
  }

  private askEveryone(): void {
    for (const stat of this.run.members()) {
      signalMember(stat, SIGTERM)
      if (this.run.isTerminal) signalMember(stat, SIGHUP)
      // A stopped process acts on SIGTERM only once it goes on.
      if (stat.state === 'T') signalMember(stat, SIGCONT)
    }
  }

  private killEveryone(): void {
    const frozen = new Set<number>()
    for (let round = 0; round < MAX_FREEZE_ROUNDS; round++) {
      const fresh = this.run.members().filter((stat) => !frozen.has(stat.pid))
      if (fresh.length === 0) break
      for (const stat of fresh) {
        frozen.add(stat.pid)
        signalMember(stat, SIGSTOP)
      }
    }
    this.run.killGroup()
    for (const stat of this.run.members()) signalMember(stat, SIGKILL)
  }

  private finish(survivors: readonly ProcessStat[]): void {
    this.phase = 'done'
    this.loop.at(this, null, () => {})
    this.run.onDone(survivors)
  }
}

export function signalMember(stat: ProcessStat, signal: number): SignalResult {
  return signalIdentity({ bootId: bootId(), pid: stat.pid, startTicks: stat.startTicks }, signal)
}
