import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { isRecord } from '../core/errors.ts'
import type { Identity } from '../core/identity/identity.ts'
import type { RunState } from '../core/run/state.ts'
import { bootId } from '../platform/clock.ts'
import {
  holdsForWriting,
  isOwnProgram,
  listProcesses,
  readDescriptorPath,
  readProcStat,
  type ProcessStat,
} from '../platform/linux/processes.ts'
import type { Birth, EndStatus } from '../protocol/descriptors.ts'
import type { RunPaths } from '../store/layout.ts'
import { MARK_FD } from './start-leader.ts'

const KEEPER: ReadonlySet<string> = new Set(['__keeper'])

/** Clock ticks per second in /proc: 100 on every Linux that Bun runs on. */
const TICKS_PER_SECOND = 100

export type FoundLeader =
  | { readonly kind: 'never_started' }
  /** It lives, or whoever reaped it says how it ended. */
  | { readonly kind: 'known'; readonly leader: Identity }
  | { readonly kind: 'ended'; readonly leader: Identity; readonly end: EndStatus }
  /** One is being born: ask again in a moment. */
  | { readonly kind: 'not_yet' }
  /** Nobody can know, for the reason given: it is lost. */
  | { readonly kind: 'unknown'; readonly why: string }

/** Processes that could be the run's first one, as they were before the anchor was asked. */
export interface LeaderLook {
  readonly earliestTicks: number
  readonly candidates: readonly Candidate[]
}

interface Candidate extends ProcessStat {
  /** A child of the anchor. */
  readonly isOrphan: boolean
  /** fettle itself, or a keeper's child between fork and exec. */
  readonly isOwn: boolean
  readonly isForking: boolean
  /** It holds what only this run's processes hold. */
  readonly isMarked: boolean
  readonly isOfAnotherRun: boolean
}

/**
 * Before the anchor is asked: whoever has ended by the time of this look is reaped by the time of the answer, and
 * whoever ends later is seen here. The other way round one that ends in between would be in neither.
 */
export function lookForLeader(options: {
  readonly state: RunState
  readonly paths: RunPaths
  readonly tty: string | null
}): LeaderLook {
  const { state, paths, tty } = options
  const earliestTicks = Math.floor((state.startedMonoMs / 1000) * TICKS_PER_SECOND) - 1
  const mark = statSync(paths.outFifo, { throwIfNoEntry: false })
  const candidates: Candidate[] = []
  for (const { pid, startTicks } of listProcesses()) {
    if (startTicks < earliestTicks) continue
    // In this order: what is no keeper any more has its session and its descriptors, and what has ended after all
    // that is seen to have ended.
    const isForking = isOwnProgram(pid, KEEPER)
    const isOwn = isOwnProgram(pid)
    const holdsMark = mark !== undefined && holdsForWriting(pid, mark)
    const isOther = isOfAnotherRun(pid, paths)
    const stat = readProcStat(pid)
    if (stat === null) continue
    candidates.push({
      ...stat,
      isOrphan: stat.ppid === process.ppid,
      isOwn,
      isForking,
      isMarked: holdsMark || isOnTerminal(stat, tty),
      isOfAnotherRun: isOther,
    })
  }
  return { earliestTicks, candidates }
}

/**
 * A keeper was killed in the moment of starting its run. Either it could still tell the anchor whom it had started, or
 * the run's first process, had it been born, has come to the anchor: alive, or among those that the anchor reaped and
 * nobody claimed. One that fits is taken, more than one means that nobody can know, none means that it never was, if
 * this anchor was there all the time. It is never started twice.
 */
export function findLeader(
  { earliestTicks, candidates }: LeaderLook,
  birth: Birth,
  options: { readonly isPatient: boolean } = { isPatient: true },
): FoundLeader {
  if (birth.leader !== null) return { kind: 'known', leader: toIdentity(birth.leader) }
  if (birth.notLaunched) return { kind: 'never_started' }
  const fits = (child: { pid: number; session: number; startTicks: number }): boolean =>
    child.session === child.pid && child.startTicks >= earliestTicks
  const ended = birth.list.filter(isUnclaimed).filter(fits)
  const all = candidates.filter(
    ({ pid, startTicks }) =>
      !birth.taken.includes(pid) && !ended.some((end) => end.pid === pid && end.startTicks === startTicks),
  )
  // Between fork and exec it looks like the keeper that forks it; a zombie of this anchor is about to be reaped and
  // named. One of an init that never reaps stays, and so do orphaned keepers of other homes.
  const isComing = ({ isOrphan, state, isForking }: Candidate): boolean =>
    isOrphan && (isForking || (birth.fromStart && state === 'Z'))
  if (options.isPatient && all.some(isComing)) return { kind: 'not_yet' }
  const fitting = all.filter((candidate) => fits(candidate) && !candidate.isOwn)
  const marked = fitting.filter(({ isMarked }) => isMarked)
  const orphans = fitting.filter(({ isOrphan, isOfAnotherRun: isOther }) => isOrphan && !isOther)
  const [living, second] = marked
  if (living !== undefined && second === undefined) return { kind: 'known', leader: toIdentity(living) }
  if (marked.length > 1) return unknown(`${marked.length} processes could be its first one`)
  if (!birth.fromStart) return unknown('what it may have started has not come to this anchor')
  const [only, other] = ended
  if (only === undefined && orphans.length === 0) return { kind: 'never_started' }
  if (only !== undefined && other === undefined && orphans.length === 0) {
    return { kind: 'ended', leader: toIdentity(only), end: only }
  }
  return unknown(
    `${orphans.length} living and ${ended.length} ended processes without a mark could be its first one`,
  )
}

function unknown(why: string): FoundLeader {
  return { kind: 'unknown', why: `Its keeper was killed while it was being started, and ${why}.` }
}

/** It holds the mark of another run, whose keeper was killed in the same moment. */
function isOfAnotherRun(pid: number, paths: RunPaths): boolean {
  const mark = readDescriptorPath(pid, MARK_FD)
  return mark !== null && basename(mark) === basename(paths.outFifo) && mark !== paths.outFifo
}

function isOnTerminal(stat: ProcessStat, tty: string | null): boolean {
  if (tty === null || stat.ttyNumber === 0) return false
  const device = statSync(tty, { throwIfNoEntry: false })
  return device !== undefined && toTtyNumber(device.rdev) === stat.ttyNumber
}

/** /proc writes a terminal as major in bits 8–15, minor in the others; Bun's rdev has the C library's layout. */
function toTtyNumber(rdev: number): number {
  const major = (rdev >> 8) & 0xfff
  const minor = (rdev & 0xff) | ((rdev >> 12) & 0xfff00)
  return (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)
}

function toIdentity(process: { readonly pid: number; readonly startTicks: number }): Identity {
  return { bootId: bootId(), pid: process.pid, startTicks: process.startTicks }
}

function isUnclaimed(
  value: unknown,
): value is { pid: number; session: number; startTicks: number } & EndStatus {
  return (
    isRecord(value) &&
    typeof value['pid'] === 'number' &&
    typeof value['session'] === 'number' &&
    typeof value['startTicks'] === 'number'
  )
}
