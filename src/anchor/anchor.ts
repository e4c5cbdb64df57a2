import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { monotonicMs } from '../platform/clock.ts'
import { Poll } from '../platform/linux/constants.ts'
import { closeFd, isCloseOnExec } from '../platform/linux/descriptor.ts'
import { removeCgroupParent } from '../platform/linux/cgroup.ts'
import { tryLock } from '../platform/linux/flock.ts'
import { PollLoop } from '../platform/linux/poll-loop.ts'
import { becomeSubreaper, setProcessName } from '../platform/linux/process-control.ts'
import { drainSignals, openChildSignals } from '../platform/linux/signals.ts'
import type { AnchorHome } from '../platform/linux/start-anchor.ts'
import { listenAt, removeSocket } from '../platform/linux/unix-listener.ts'
import { peekChild } from '../platform/linux/wait.ts'
import { anchorSocket } from '../store/layout.ts'
import { AnchorClient } from './anchor-client.ts'
import { DaemonGuard } from './daemon-guard.ts'
import { RunTable } from './run-table.ts'

/** An anchor that nobody spoke to goes away again. */
const UNUSED_MS = 30_000
/** Half of the descriptors that runs leave over: the daemon has one connection, a command one for a moment. */
const MOST_CLIENTS = 32
/** Who has just found us listening is still about to connect. */
const LEAVE_AFTER_MS = 1_000

/**
 * The parent of daemon and keepers, one per home: holds, reaps, restarts, knows no policy. It lives as long as a
 * run is held or a daemon is wanted.
 */
export class Anchor {
  readonly runs: RunTable
  readonly daemon: DaemonGuard
  private readonly loop = new PollLoop()
  private readonly home: AnchorHome
  private readonly clients = new Set<AnchorClient>()
  private spokenTo = false

  /** null when the home has an anchor already. */
  static open(home: AnchorHome): Anchor | null {
    closeInherited()
    process.umask(0o077)
    mkdirSync(join(home.state, 'lock'), { recursive: true, mode: 0o700 })
    mkdirSync(join(home.runtime, 'k'), { recursive: true, mode: 0o700 })
    if (tryLock(join(home.state, 'lock', 'anchor.lock')) === null) return null
    return new Anchor(home)
  }

  private constructor(home: AnchorHome) {
    this.home = home
    process.chdir('/')
    setProcessName('fettle-anchor')
    this.runs = new RunTable({
      loop: this.loop,
      hostId: home.hostId,
      getsOrphans: becomeSubreaper(),
      onEmpty: () => this.leaveIfUnused(),
    })
    this.daemon = new DaemonGuard(this.loop, () => this.leaveIfUnused())
  }

  run(): void {
    const signals = openChildSignals()
    this.loop.add({
      fd: signals,
      events: Poll.IN,
      on: () => {
        drainSignals(signals)
        this.reapAll()
      },
    })
    const path = anchorSocket(this.home)
    listenAt({
      loop: this.loop,
      path,
      hasRoom: () => this.clients.size < MOST_CLIENTS,
      onConnection: (fd) => this.onConnection(fd),
    })
    this.loop.at(this, monotonicMs() + UNUSED_MS, () => {
      this.spokenTo = true
      this.leaveIfUnused()
    })
    this.loop.run(monotonicMs)
    this.runs.close()
    removeSocket(path)
    removeCgroupParent()
  }

  hello(): { pid: number; daemonPid: number | null } {
    this.spokenTo = true
    return { pid: process.pid, daemonPid: this.daemon.pid }
  }

  private onConnection(fd: number): void {
    const client = new AnchorClient({
      fd,
      loop: this.loop,
      anchor: this,
      onClose: () => {
        this.clients.delete(client)
        this.loop.at(this.clients, monotonicMs() + LEAVE_AFTER_MS, () => this.leaveIfUnused())
      },
    })
    this.clients.add(client)
  }

  private reapAll(): void {
    for (let child = peekChild(); typeof child === 'object'; child = peekChild()) {
      if (!this.daemon.onChildEnded(child.pid)) this.runs.onChildEnded(child)
    }
  }

  /** Environments exist here only: who leaves takes a planned start with it. A removed home is not waited for. */
  private leaveIfUnused(): void {
    if (this.runs.size > 0) return
    const isGone = !existsSync(this.home.state)
    const isIdle = !this.daemon.isWanted && this.clients.size === 0 && this.runs.heldEnvs.length === 0
    const isUnused = isIdle && this.spokenTo
    if (isGone || isUnused) this.loop.stop()
  }
}

/** What the caller's process left open for its children is not ours: a held pipe would keep its reader waiting. */
function closeInherited(): void {
  for (const name of readdirSync('/proc/self/fd')) {
    const fd = Number(name)
    if (fd > 2 && !isCloseOnExec(fd)) closeFd(fd)
  }
}
