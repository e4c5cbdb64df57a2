import { statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Identity } from '../core/identity/identity.ts'
import type { RunSpec } from '../core/run/spec.ts'
import { bootId, boottimeMs, monotonicMs, nowMs } from '../platform/clock.ts'
import { Poll } from '../platform/linux/constants.ts'
import { makeCgroup } from '../platform/linux/cgroup.ts'
import type { LineChannel } from '../platform/linux/line-channel.ts'
import { readMemfd } from '../platform/linux/memfd.ts'
import { PollLoop } from '../platform/linux/poll-loop.ts'
import { becomeSubreaper, setProcessName } from '../platform/linux/process-control.ts'
import { readIdentity } from '../platform/linux/processes.ts'
import { drainSignals, openChildSignals } from '../platform/linux/signals.ts'
import { peekChild, reapChild, type EndedChild } from '../platform/linux/wait.ts'
import type { Birth, Descriptors } from '../protocol/descriptors.ts'
import type { KeeperMessage, KeeperStatus } from '../protocol/keeper.ts'
import { runPaths, type RunPaths } from '../store/layout.ts'
import { readLedger } from '../store/run-files/ledger.ts'
import { readOutcome } from '../store/run-files/outcome.ts'
import { readSpec } from '../store/run-files/spec.ts'
import { AnchorLink } from './anchor-link.ts'
import { InputPump } from './input-pump.ts'
import { KeeperClients } from './keeper-clients.ts'
import { LOST_END, type LeaderEnd } from './leader-end.ts'
import { closeInputForGood, lostWithHands } from './lost-hands.ts'
import { LeaderWatch } from './leader-watch.ts'
import { Limits } from './limits.ts'
import { Lineage } from './lineage.ts'
import { Members } from './members.ts'
import { Output } from './output.ts'
import { DRAIN_MS, RunEnd, type StopOptions } from './run-end.ts'
import { RunRecord } from './run-record.ts'
import { serveRequest } from './serve-request.ts'
import { startLeader } from './start-leader.ts'
import { findLeader, lookForLeader, type LeaderLook } from './find-leader.ts'

/** Said again and again, or told by other records. */
const NOT_KEPT: ReadonlySet<string> = new Set(['late_output', 'anchor_replaced'])
const ASK_AGAIN_MS = 10
/** A process that is being born, or reaped, is so for no longer than this. */
const BIRTH_MS = 5_000

export interface KeeperOptions {
  readonly dir: string
  readonly socket: string
  readonly hostId: string
  readonly generation: number
  readonly tty: string | null
  readonly descriptors: Descriptors
}

/**
 * Guards one run: starts it, moves its output, feeds its input, enforces its limits, stops it, and says how it
 * ended. It needs no daemon for any of that, and no anchor once it has started.
 */
export class Keeper {
  readonly loop = new PollLoop()
  readonly paths: RunPaths
  readonly spec: RunSpec
  readonly record: RunRecord
  readonly output: Output
  readonly input: InputPump
  readonly limits: Limits
  readonly members: Members
  readonly clients: KeeperClients
  private readonly anchor: AnchorLink
  readonly descriptors: Descriptors
  private readonly options: KeeperOptions
  private readonly isAncestor: boolean
  private watch: LeaderWatch | null = null
  /** Told before we knew whose it is. */
  private reaped: LeaderEnd | null = null
  private lineage: Lineage | null = null
  /** One per question to the anchor that has no answer yet, taken before it was asked. */
  private readonly looks: LeaderLook[] = []
  private askedFirstMs: number | null = null
  private readonly end: RunEnd

  constructor(options: KeeperOptions) {
    this.options = options
    this.descriptors = options.descriptors
    // Before anything else: whoever waits for the run's birth is connected by then, and is answered after it.
    this.clients = new KeeperClients({
      loop: this.loop,
      path: options.socket,
      host: { status: () => this.status(), serve: (request, channel) => this.serve(request, channel) },
    })
    this.clients.listen()
    this.paths = runPaths(options.dir)
    const spec = readSpec(this.paths.spec)
    if (spec === null) throw new Error(`There is no ${this.paths.spec}`)
    this.spec = spec
    process.chdir('/')
    process.umask(0o077)
    setProcessName('fettle-keeper')
    this.isAncestor = becomeSubreaper() && options.generation === 1
    this.output = new Output({
      loop: this.loop,
      dir: this.paths.output,
      lockDir: lockDirOf(options.dir),
      spec,
      descriptors: this.descriptors,
      facts: {
        onDropped: (data) => this.fact('output_dropped', data),
        onDisk: (kind, data) => this.fact(kind, data),
      },
      onMoved: () => this.onOutput(),
    })
    this.record = new RunRecord({
      ...options,
      loop: this.loop,
      paths: this.paths,
      makeRoom: () => this.output.makeRoom(),
      onWrittenLate: () => this.clients.tellStatus(),
    })
    this.members = new Members({
      markPath: this.paths.outFifo,
      isAncestor: this.isAncestor,
      cgroup: this.record.state.cgroup ?? null,
      seen: this.isAncestor ? [] : readSeen(this.paths.ledger),
    })
    this.anchor = new AnchorLink({
      loop: this.loop,
      fd: this.descriptors.control,
      handlers: {
        onReaped: (end) => this.onReaped({ ...LOST_END, ...end }),
        onUnclaimed: (birth) => this.onUnclaimed(birth),
      },
    })
    this.input = new InputPump({
      loop: this.loop,
      descriptors: this.descriptors,
      closedFile: this.paths.inputClosed,
      onClosed: () => {
        this.record.update({ inputDone: true })
        this.anchor.tell({ t: 'input_closed' })
      },
    })
    this.limits = new Limits({
      loop: this.loop,
      limits: spec.limits,
      state: () => this.record.state,
      amend: (amended) => this.record.update({ amended }),
      members: () => this.members.list(this.leader),
      breach: (reason, data) => {
        this.fact('limit_breached', data)
        this.end.stop({ reason, actor: 'keeper', graceMs: null })
      },
    })
    const { loop, record, output, members, limits, clients, anchor, descriptors, isAncestor } = this
    this.end = new RunEnd({
      loop,
      spec,
      record,
      output,
      members,
      limits,
      clients,
      anchor,
      descriptors,
      isAncestor,
      lost: lostWithHands(this),
    })
  }

  run(mode: 'start' | 'adopt'): void {
    const signals = openChildSignals()
    this.loop.add({ fd: signals, events: Poll.IN, on: () => this.onChildren(signals) })
    // One that was given up, because an anchor was silent for too long, is not born any more.
    if (mode === 'start' && readOutcome(this.paths.outcome) === null) this.start()
    else this.takeUp()
    this.loop.run(monotonicMs)
  }

  get leader(): Identity | null {
    return this.record.state.leader
  }

  status(): KeeperStatus {
    const { leader, name } = this.record.state
    return {
      state: name,
      leader: leader === null ? null : { pid: leader.pid, startTicks: leader.startTicks },
      out: this.output.offset('out'),
      err: this.output.offset('err'),
      inputTaken: this.input.taken,
      outEof: this.output.hasEnded,
      generation: this.options.generation,
      droppedBytes: this.output.droppedBytes,
      limits: this.limits.current,
    }
  }

  fact(kind: string, data: object): void {
    const told = { atMs: nowMs(), kind, data: { ...data } }
    // Whoever listens learns of it now; a daemon that is away reads it later.
    const n = NOT_KEPT.has(kind) ? -1 : this.record.keepFact(told)
    this.clients.tell({ t: 'fact', n, ...told })
  }

  private start(): void {
    const cgroup = makeCgroup(this.cgroupName())
    this.members.cgroup = cgroup
    this.record.update({ cgroup })
    const env = this.descriptors.env
    this.anchor.tell({ t: 'launching' })
    const result = startLeader({
      cgroup,
      spec: this.spec,
      paths: this.paths,
      tty: this.options.tty,
      env: env === undefined ? Buffer.alloc(0) : readMemfd(env),
      run: this.runName(),
    })
    if (typeof result === 'number') this.onStarted(result)
    else this.end.failStart(result)
  }

  private onStarted(pid: number): void {
    // Its own child: the number is taken until we reap it.
    const leader = readIdentity(pid) ?? { bootId: bootId(), pid, startTicks: 0 }
    this.anchor.tell({ t: 'leader', pid, startTicks: leader.startTicks })
    this.record.step('spawned', { leader, startedMonoMs: monotonicMs(), startedBootMs: boottimeMs() })
    this.clients.tellStatus()
    this.input.run()
    this.limits.arm()
    // A cgroup remembers by itself.
    if (this.isAncestor && this.members.cgroup === null) this.lineage = this.watchLineage(leader)
  }

  private watchLineage(leader: Identity): Lineage {
    const save = (): void => {
      this.members.list(leader)
      this.record.saveLedger(this.members.seen)
    }
    return new Lineage({ loop: this.loop, leaderPid: leader.pid, save })
  }

  /** A successor: what is on disk says how far its predecessor came. */
  private takeUp(): void {
    const outcome = readOutcome(this.paths.outcome)
    if (outcome !== null) {
      this.end.takeUpWritten(outcome)
      return
    }
    this.record.update({})
    if (lostWithHands(this) !== null) this.record.durably(() => closeInputForGood(this.paths))
    if (this.record.state.leader === null) this.askUnclaimed()
    else this.carryOn(this.record.state.leader)
  }

  private carryOn(leader: Identity): void {
    this.anchor.tell({ t: 'leader', pid: leader.pid, startTicks: leader.startTicks })
    this.input.run()
    this.limits.arm()
    this.members.list(leader)
    this.record.saveLedger(this.members.seen)
    this.watchLeader(leader)
    this.end.takeUpStop()
  }

  private askUnclaimed(): void {
    const { tty } = this.options
    this.looks.push(lookForLeader({ state: this.record.state, paths: this.paths, tty }))
    this.anchor.tell({ t: 'ask_unclaimed' })
  }

  private onUnclaimed(birth: Birth): void {
    const look = this.looks.shift()
    if (look === undefined || this.leader !== null || this.end.isLeaderEnded) return
    this.askedFirstMs ??= monotonicMs()
    const isPatient = monotonicMs() < this.askedFirstMs + BIRTH_MS
    const found = findLeader(look, birth, { isPatient })
    switch (found.kind) {
      case 'never_started':
        this.start()
        break
      case 'known':
        this.record.step('spawned', { leader: found.leader })
        this.carryOn(found.leader)
        break
      case 'ended':
        this.record.step('spawned', { leader: found.leader })
        this.end.onLeaderEnded({ ...LOST_END, ...found.end, source: 'waited' })
        break
      case 'not_yet':
        this.loop.at(this.looks, monotonicMs() + ASK_AGAIN_MS, () => this.askUnclaimed())
        break
      case 'unknown':
        this.end.onLeaderEnded({ ...LOST_END, why: found.why })
        break
    }
  }

  private watchLeader(leader: Identity): void {
    this.watch = new LeaderWatch({
      loop: this.loop,
      leader,
      reapedPath: this.paths.reaped,
      onEnded: (end) => this.end.onLeaderEnded(end),
    })
    if (this.reaped !== null) this.watch.onReaped(this.reaped)
  }

  private onReaped(end: LeaderEnd): void {
    this.reaped = end
    this.watch?.onReaped(end)
  }

  private onChildren(signals: number): void {
    drainSignals(signals)
    for (let child = peekChild(); typeof child === 'object'; child = peekChild()) {
      const isLeader = child.pid === this.end.livingLeader?.pid
      if (isLeader) this.output.drain(DRAIN_MS)
      if (isLeader) this.keepEnd(child)
      const reaped = reapChild(child.pid)
      if (isLeader) this.end.onLeaderEnded({ ...LOST_END, ...(reaped ?? child), source: 'waited' })
    }
    this.end.onSetChanged()
  }

  /** On disk and with the other hand before it is reaped: a full disk takes nothing, a SIGKILL comes at any moment. */
  private keepEnd(child: EndedChild): void {
    const { pid: _pid, ...status } = child
    this.record.keepReaped(child)
    this.anchor.tell({ t: 'ended', ...status })
  }

  private onOutput(): void {
    this.limits.onOutput()
    this.lineage?.onActivity()
    if (this.end.isOutcomeWritten) this.fact('late_output', { out: this.output.offset('out') })
    this.clients.ring()
  }

  private serve(request: Record<string, unknown>, channel: LineChannel): KeeperMessage | null {
    if (request['op'] === 'handover') {
      const { leader, descriptors } = this
      const { generation, tty } = this.options
      this.anchor.handOver({ to: channel, descriptors, leader, generation, tty })
      this.fact('anchor_replaced', {})
      // Asked of the one before, which has died with the answer.
      this.looks.length = 0
      if (leader === null && !this.end.isLeaderEnded) this.askUnclaimed()
      return null
    }
    const run = {
      leader: this.end.livingLeader,
      master: this.descriptors.master ?? null,
      status: () => this.status(),
      members: () => this.members.list(this.leader),
      stop: (options: StopOptions) => this.end.stop(options),
      // Before the run is born nobody has the other end, which would be taken for good.
      feedInput: () => {
        if (this.leader !== null) this.input.run()
      },
      trim: (keepBytes: number) => this.output.trim(keepBytes),
      amend: (change: { deadlineMs?: number | null; idleMs?: number | null }) => this.limits.amend(change),
      fact: (kind: string, data: object) => this.fact(kind, data),
    }
    return serveRequest(run, request)
  }

  /** Of this very folder: a copy of a home has the same names, and must not share its groups, whose members are killed. */
  private cgroupName(): string {
    const { dev, ino } = statSync(this.paths.dir)
    const run = this.runName().replace('/', '.')
    return `${this.options.hostId}-${run}-${dev.toString(36)}.${ino.toString(36)}`
  }

  private runName(): string {
    const run = basename(this.options.dir)
    return `${basename(dirname(dirname(this.options.dir)))}/${run}`
  }
}

/** `STATE/jobs/ID/runs/N` → `STATE/lock` */
function lockDirOf(runDir: string): string {
  return join(runDir, '..', '..', '..', '..', 'lock')
}

/** Numbers of another boot mean nothing in this one. */
function readSeen(path: string): readonly { readonly pid: number; readonly startTicks: number }[] {
  const ledger = readLedger(path)
  return ledger === null || ledger.bootId !== bootId() ? [] : ledger.members
}
