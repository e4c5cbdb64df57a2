import { fstatSync } from 'node:fs'
import { closeFd, seekFd } from '../platform/linux/descriptor.ts'
import { monotonicMs } from '../platform/clock.ts'
import type { Identity } from '../core/identity/identity.ts'
import type { ControlToKeeper, Descriptors, EndStatus } from '../protocol/descriptors.ts'
import type { LineChannel } from '../platform/linux/line-channel.ts'
import type { ProcessWatch } from '../platform/linux/process-watch.ts'
import type { LeaderWatch } from './leader-watch.ts'

export interface KnownEnd extends EndStatus {
  readonly source: 'waited' | 'pidfd' | 'zombie'
}

/** One run as the anchor holds it. It knows no policy: descriptors, who keeps it, and its first process. */
export interface HeldRun {
  readonly run: string
  readonly dir: string
  readonly socket: string
  /** `/dev/pts/N`, empty without a terminal. */
  tty: string
  descriptors: Descriptors
  readonly keepEnv: boolean
  /** Held by this anchor since it was started. */
  readonly fromStart: boolean
  /** A keeper was about to start the leader. */
  launched: boolean
  keeperPid: number | null
  /** Watches a keeper that is no child of this anchor. */
  keeperWatch: ProcessWatch | null
  generation: number
  control: LineChannel | null
  leader: Identity | null
  /** Of a run that was taken over: watches a leader that is no child of this anchor. */
  leaderWatch: LeaderWatch | null
  /** How the leader ended, from whoever reaped it; each successor is told. */
  end: KnownEnd | null
  done: boolean
  /** CLOCK_MONOTONIC of the newest keeper's start, and how many in a row did not last. */
  keeperStartedMs: number
  shortLives: number
}

export function newHeldRun(request: {
  readonly run: string
  readonly dir: string
  readonly socket: string
}): HeldRun {
  return {
    run: request.run,
    dir: request.dir,
    socket: request.socket,
    tty: '',
    descriptors: {},
    keepEnv: false,
    fromStart: false,
    launched: false,
    keeperPid: null,
    keeperWatch: null,
    generation: 1,
    control: null,
    leader: null,
    leaderWatch: null,
    end: null,
    done: false,
    keeperStartedMs: monotonicMs(),
    shortLives: 0,
  }
}

export function tellKeeper(held: HeldRun, message: ControlToKeeper): void {
  held.control?.send(message)
}

/** The offset of the log lies in the open file description that both hands share. */
export function isDelivered({ inputLog }: Descriptors): boolean {
  return inputLog !== undefined && seekFd(inputLog, 0, 1) === fstatSync(inputLog).size
}

export function closeInput(held: HeldRun): void {
  if (held.descriptors.stdin === undefined) return
  closeFd(held.descriptors.stdin)
  delete held.descriptors.stdin
}
