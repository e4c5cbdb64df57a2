import { existsSync } from 'node:fs'
import { FettleError } from '../core/errors.ts'
import type { Identity } from '../core/identity/identity.ts'
import type { AnchorRequest, HeldRun as HeldRunView } from '../protocol/anchor.ts'
import { KEPT_EXIT_CODE, type UnclaimedChild } from '../protocol/descriptors.ts'
import { isErrno } from '../platform/files/errno.ts'
import { bootId, monotonicMs, nowMs } from '../platform/clock.ts'
import { closeFd } from '../platform/linux/descriptor.ts'
import { LineChannel } from '../platform/linux/line-channel.ts'
import { makeSealedMemfd, readMemfd } from '../platform/linux/memfd.ts'
import type { PollLoop } from '../platform/linux/poll-loop.ts'
import { setOpenFilesLimit } from '../platform/linux/process-control.ts'
import { ProcessWatch } from '../platform/linux/process-watch.ts'
import { readIdentity, readProcStat } from '../platform/linux/processes.ts'
import { spawnFailure } from '../platform/linux/spawn.ts'
import { reapChild, type EndedChild } from '../platform/linux/wait.ts'
import { runPaths } from '../store/layout.ts'
import { REAPED_FORMAT, writeReaped } from '../store/run-files/reaped.ts'
import { closeInput, isDelivered, newHeldRun, tellKeeper, type HeldRun } from './held-run.ts'
import { KeeperStarter } from './keeper-starter.ts'
import { parseKeeperLine } from './keeper-lines.ts'
import { LeaderWatch } from './leader-watch.ts'
import { closeDescriptors, makeDescriptors, reopenDescriptors } from './make-descriptors.ts'
import { takeOver } from './take-over.ts'

type StartRequest = Extract<AnchorRequest, { op: 'start' }>
type AdoptRequest = Extract<AnchorRequest, { op: 'adopt' }>

/** A keeper that lived this long did not fail at its start. */
const LASTED_MS = 5_000
/** So many keepers of a run may fail young before the next one is delayed. */
const FREE_RESTARTS = 3
const LONGEST_DELAY_MS = 1_000
/** How often a keeper that cannot be started is tried again. */
const RETRY_MS = 250
/** A run takes up to a dozen descriptors; the last ones are kept for taking over and for looking. */
const DESCRIPTORS_IN_RESERVE = 64
const DESCRIPTORS_PER_RUN = 12
const MAX_UNCLAIMED = 256

/** All runs that this anchor holds, with their keepers. */
export class RunTable {
  private readonly runs = new Map<string, HeldRun>()
  /** Environments of ended runs whose job may run again. */
  private readonly envs = new Map<string, number>()
  private readonly unclaimed: UnclaimedChild[] = []
  private readonly loop: PollLoop
  private readonly hostId: string
  /** Whether what a dead keeper leaves behind comes to this anchor. */
  private readonly getsOrphans: boolean
  private readonly onEmpty: () => void
  private readonly maxRuns: number
  private readonly keepers: KeeperStarter

  constructor(options: { loop: PollLoop; hostId: string; getsOrphans: boolean; onEmpty: () => void }) {
    this.loop = options.loop
    this.getsOrphans = options.getsOrphans
    this.hostId = options.hostId
    this.keepers = new KeeperStarter(options.loop)
    this.onEmpty = options.onEmpty
    const [soft] = setOpenFilesLimit(0, null) ?? [1024, 1024]
    this.maxRuns = Math.floor((soft - DESCRIPTORS_IN_RESERVE) / DESCRIPTORS_PER_RUN)
  }

  get size(): number {
    return this.runs.size
  }

  list(): HeldRunView[] {
    return [...this.runs.values()].map(({ run, keeperPid, generation }) => ({ run, keeperPid, generation }))
  }

  /** Starts the run's first keeper and gives its pid; a run that is held already answers with the one it has. */
  start(request: StartRequest): number {
    const known = this.runs.get(request.run)
    if (known !== undefined) return known.keeperPid ?? 0
    if (this.runs.size >= this.maxRuns) {
      throw new FettleError(
        'descriptors_low',
        `${this.runs.size} runs are held and descriptors for more are lacking`,
        {
          hint: 'Raise the hard limit of open files (ulimit -Hn) and start fettle again, or stop some jobs.',
        },
      )
    }
    const made = makeDescriptors({ ...request, env: Buffer.from(request.env, 'base64') })
    const held: HeldRun = {
      ...newHeldRun(request),
      tty: made.tty,
      descriptors: made.descriptors,
      keepEnv: request.keepEnv === true,
      fromStart: true,
    }
    this.runs.set(request.run, held)
    // Held for it before it was started: from here on the run holds its own.
    this.forgetEnv(request.run)
    const pid = this.launch(held, 'start')
    if (pid > 0) return pid
    this.release(held)
    throw spawnFailure('a keeper', pid)
  }

  /**
   * Takes a run over of which something lives, be it what it has left behind; where its keeper is gone as well, a
   * successor starts with what can be had again.
   */
  adopt(request: AdoptRequest): void {
    if (this.runs.has(request.run)) return
    if (!existsSync(request.dir)) throw new FettleError('run_not_found', `There is no run at ${request.dir}`)
    const held: HeldRun = { ...newHeldRun(request), keepEnv: true }
    this.takeUp(held)
    this.runs.set(request.run, held)
  }

  private takeUp(held: HeldRun): void {
    const taken = takeOver(held.socket)
    if (taken === null) {
      held.descriptors = reopenDescriptors(held.dir)
      held.generation += 1
      this.relaunch(held, 0)
      return
    }
    const { control, ...descriptors } = taken.descriptors
    const { leader, tty, generation } = taken.handover
    held.tty = tty
    held.descriptors = descriptors
    held.generation = generation
    held.keeperPid = taken.keeperPid
    if (leader !== null) this.onLeader(held, { ...leader, bootId: bootId() })
    if (control !== undefined) this.listenTo(held, control)
    held.keeperWatch = new ProcessWatch({
      loop: this.loop,
      identity: readIdentity(taken.keeperPid),
      onEnded: () => this.onKeeperEnded(held, { crashed: false }),
    })
  }

  /** Our keeper has found one that an earlier anchor had started and that had not listened yet. */
  private takeUpLater(held: HeldRun): void {
    this.loop.at(held, monotonicMs() + RETRY_MS, () => {
      closeDescriptors(held.descriptors)
      held.descriptors = {}
      try {
        this.takeUp(held)
      } catch (error) {
        if (!(error instanceof FettleError)) throw error
        // It lives and is silent: stopped, perhaps. Whoever wakes it finds us waiting.
        this.takeUpLater(held)
      }
    })
  }

  close(): void {
    this.keepers.close()
  }

  /**
   * The keeper says when everything that was accepted has gone down the pipe, and then both hands close. Before that
   * this hand must not: a keeper that is killed now would leave nobody who could give the run the rest.
   */
  closeInput(run: string): void {
    const held = this.runs.get(run)
    if (held !== undefined && isDelivered(held.descriptors)) closeInput(held)
  }

  /** Base64 of the environment block; throws when it is not held any more. */
  readEnv(run: string): string {
    const fd = this.runs.get(run)?.descriptors.env ?? this.envs.get(run)
    if (fd === undefined) throw new FettleError('run_not_found', `No environment is held of ${run}: env lost`)
    return readMemfd(fd).toString('base64')
  }

  /** Keeps the environment of a run that waits for its turn, so that the daemon's death does not lose it. */
  holdEnv(run: string, env: Uint8Array): void {
    this.forgetEnv(run)
    this.envs.set(run, makeSealedMemfd('fettle-env', env))
  }

  /** Whose environment is held: jobs between two runs, before their first, or ended ones that may be started again. */
  get heldEnvs(): string[] {
    return [...this.envs.keys()]
  }

  forgetEnv(run: string): void {
    const fd = this.envs.get(run)
    if (fd === undefined) return
    this.envs.delete(run)
    closeFd(fd)
  }

  /** Reaps an ended child: a keeper, the first process of a run whose keeper died, or an orphan of a run. */
  onChildEnded(child: EndedChild): void {
    if (this.keepers.onChildEnded(child.pid)) {
      reapChild(child.pid)
      return
    }
    for (const held of this.runs.values()) {
      if (held.keeperPid !== child.pid || held.keeperWatch !== null) continue
      reapChild(child.pid)
      this.onKeeperEnded(held, { crashed: child.signal === null, isKept: child.code === KEPT_EXIT_CODE })
      return
    }
    // What a keeper wrote before it was killed may name this very process.
    for (const held of this.runs.values()) held.control?.drain()
    const stat = readProcStat(child.pid)
    for (const held of this.runs.values()) {
      // Of a leader that ended long ago the number may have been given out again.
      if (held.leader?.pid !== child.pid || held.leader.startTicks !== stat?.startTicks) continue
      this.reapLeader(held, held.leader, child)
      return
    }
    reapChild(child.pid)
    if (stat !== null)
      this.rememberUnclaimed({ ...child, session: stat.session, startTicks: stat.startTicks })
  }

  private reapLeader(held: HeldRun, leader: Identity, child: EndedChild): void {
    const { pid: _pid, ...status } = child
    // Written before it is reaped: an anchor killed in between leaves the zombie or the file, never nothing.
    try {
      writeReaped(runPaths(held.dir).reaped, {
        format: REAPED_FORMAT,
        hostId: this.hostId,
        leader,
        ...status,
        cpuMs: null,
        maxRssBytes: null,
        reapedAtMs: nowMs(),
      })
    } catch (error) {
      // A full or read-only disk, a run that was removed: the keeper is told directly as well.
      if (!isErrno(error, 'ENOSPC', 'EDQUOT', 'EROFS', 'ENOENT', 'EIO')) throw error
    }
    held.end = { ...status, source: 'waited' }
    reapChild(child.pid)
    tellKeeper(held, { t: 'reaped', ...held.end })
  }

  private rememberUnclaimed(child: UnclaimedChild): void {
    this.unclaimed.push(child)
    if (this.unclaimed.length > MAX_UNCLAIMED) this.unclaimed.shift()
  }

  private launch(held: HeldRun, mode: 'start' | 'adopt'): number {
    const { dir, socket, generation, tty } = held
    const order = { dir, socket, hostId: this.hostId, mode, generation, tty }
    const { pid, control } = this.keepers.start(order, held.descriptors)
    if (pid < 0) return pid
    held.keeperPid = pid
    held.keeperStartedMs = monotonicMs()
    this.listenTo(held, control)
    if (held.end !== null) tellKeeper(held, { t: 'reaped', ...held.end })
    return pid
  }

  private listenTo(held: HeldRun, control: number): void {
    held.control?.close()
    held.control = new LineChannel({
      fd: control,
      loop: this.loop,
      onLine: (line) => this.onKeeperLine(held, line),
      onClose: () => {},
    })
  }

  private onLeader(held: HeldRun, leader: Identity): void {
    held.leader = leader
    if (held.end === null) this.claim(held, leader)
    if (this.inheritsFrom(held) || held.leaderWatch !== null) return
    held.leaderWatch = new LeaderWatch({
      loop: this.loop,
      leader,
      onEnded: (end) => {
        held.end ??= end
        tellKeeper(held, { t: 'reaped', ...held.end })
      },
    })
  }

  /** It had ended, and was reaped by us, before anybody could say whose it is. */
  private claim(held: HeldRun, leader: Identity): void {
    const ended = this.unclaimed.find(
      ({ pid, startTicks }) => pid === leader.pid && startTicks === leader.startTicks,
    )
    if (ended === undefined) return
    const { code, signal, coreDumped } = ended
    held.end = { code, signal, coreDumped, source: 'waited' }
    tellKeeper(held, { t: 'reaped', ...held.end })
  }

  /** Who was born while we held its run comes to us when its keeper dies. */
  private inheritsFrom(held: HeldRun): boolean {
    return held.fromStart && this.getsOrphans
  }

  /** First processes, keepers, and the keeper in reserve: whatever else comes to us has no name yet. */
  private pidsInUse(): number[] {
    const pids = [...this.runs.values()].flatMap((held) => [held.leader?.pid ?? 0, held.keeperPid ?? 0])
    return [...pids, this.keepers.sparePid]
  }

  private onKeeperLine(held: HeldRun, line: string): void {
    const message = parseKeeperLine(line)
    switch (message?.t) {
      case 'leader':
        this.onLeader(held, { bootId: bootId(), pid: message.pid, startTicks: message.startTicks })
        break
      case 'launching':
        held.launched = true
        break
      case 'ended':
        held.end = {
          code: message.code,
          signal: message.signal,
          coreDumped: message.coreDumped,
          source: 'waited',
        }
        break
      case 'done':
        held.done = true
        break
      case 'input_closed':
        closeInput(held)
        break
      case 'ask_unclaimed':
        tellKeeper(held, {
          t: 'unclaimed',
          leader: held.leader,
          notLaunched: held.fromStart && !held.launched,
          fromStart: this.inheritsFrom(held),
          taken: this.pidsInUse(),
          list: this.unclaimed,
        })
        break
      case 'ready':
      case undefined:
        break
    }
  }

  /** One that was killed is replaced at once, however often; one that keeps failing by itself with a delay. */
  private onKeeperEnded(held: HeldRun, options: { crashed: boolean; isKept?: boolean }): void {
    held.control?.drain()
    held.control?.close()
    held.control = null
    held.keeperWatch?.close()
    held.keeperWatch = null
    held.keeperPid = null
    // A run whose folder was removed has nowhere to be written: nobody can keep it.
    if (held.done || !existsSync(held.dir)) {
      this.release(held)
      return
    }
    if (options.isKept === true && !held.fromStart) {
      this.takeUpLater(held)
      return
    }
    const lasted = monotonicMs() - held.keeperStartedMs > LASTED_MS
    held.shortLives = lasted || !options.crashed ? 0 : held.shortLives + 1
    held.generation += 1
    const delayMs = Math.min(Math.max(0, held.shortLives - FREE_RESTARTS) * 100, LONGEST_DELAY_MS)
    this.relaunch(held, delayMs)
  }

  /** When no process can be made now (the user's limit, memory) it is tried again until one can. */
  private relaunch(held: HeldRun, delayMs: number): void {
    if (delayMs === 0 && this.launch(held, 'adopt') > 0) return
    this.loop.at(held, monotonicMs() + Math.max(delayMs, RETRY_MS), () => this.relaunch(held, 0))
  }

  private release(held: HeldRun): void {
    this.runs.delete(held.run)
    held.control?.close()
    held.leaderWatch?.close()
    const { env, ...others } = held.descriptors
    closeDescriptors(others)
    if (env !== undefined) {
      if (held.keepEnv) this.envs.set(held.run, env)
      else closeFd(env)
    }
    if (this.runs.size === 0) this.onEmpty()
  }
}
