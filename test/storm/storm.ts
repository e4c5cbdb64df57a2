import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Identity } from '../../src/core/identity/identity.ts'
import { isAlive } from '../../src/platform/linux/processes.ts'
import { killProcess } from '../support/home-processes.ts'
import { LineClient } from '../support/line-client.ts'
import { until } from '../support/until.ts'
import { Figures } from './figures.ts'
import { isHeld, keepersOf } from './held.ts'
import { Lane } from './lane.ts'
import type { LaneKind, StormRig, StormRun } from './rig.ts'

export interface StormOptions {
  readonly rig: StormRig
  readonly keepers: number
  readonly seconds: number
  /** Lines that one round of a lane of this kind prints or is given. */
  readonly lines: Readonly<Record<LaneKind, number>>
  /** Of the killer's strikes; the others take one keeper. */
  readonly shares?: Readonly<StrikeShares>
  readonly onFault?: (text: string) => void
  /** Where the record of a run that shows a fault is copied. */
  readonly evidence?: string
}

export interface StrikeShares {
  readonly anchor: number
  readonly sweep: number
  readonly daemon: number
  readonly daemonAndKeeper: number
}

const SHARES: StrikeShares = { anchor: 0.06, sweep: 0.06, daemon: 0.13, daemonAndKeeper: 0.15 }
const KINDS: readonly LaneKind[] = ['fifo', 'terminal', 'stdin', 'fifo']
const LONGEST_PAUSE_MS = 50
/** For all runs to be held by both hands again. */
const HELD_MS = 60_000

/**
 * Writers run flat out while their keepers, the daemon and the anchor are SIGKILLed at random moments and in
 * sequences. A hand of a run is killed only when the other one holds it: that is what is promised.
 */
export async function storm(options: StormOptions): Promise<Figures> {
  const figures = new Figures(options.onFault)
  const { rig } = options
  const lanes = Array.from({ length: options.keepers }, (_, n) => {
    const kind = KINDS[n % KINDS.length] ?? 'fifo'
    const { evidence } = options
    return new Lane({
      kind,
      n,
      rig,
      figures,
      lines: options.lines[kind],
      ...(evidence === undefined ? {} : { evidence }),
    })
  })
  const startedMs = performance.now()
  const isOver = (): boolean => performance.now() - startedMs > options.seconds * 1000
  const rounds = Promise.all(lanes.map((lane) => lane.runRounds(isOver)))
  const killer = new Killer({ rig, lanes, figures, shares: options.shares ?? SHARES })
  while (!isOver()) {
    await killer.strike().catch((error: unknown) => figures.fault(`The killer: ${String(error)}`))
    await sleep(Math.random() * LONGEST_PAUSE_MS)
  }
  await rounds
  figures.seconds = (performance.now() - startedMs) / 1000
  for (const fault of await rig.finalFaults()) figures.fault(fault)
  return figures
}

class Killer {
  private readonly rig: StormRig
  private readonly lanes: readonly Lane[]
  private readonly figures: Figures
  private readonly shares: StrikeShares

  constructor(options: { rig: StormRig; lanes: readonly Lane[]; figures: Figures; shares: StrikeShares }) {
    this.shares = options.shares
    this.rig = options.rig
    this.lanes = options.lanes
    this.figures = options.figures
  }

  async strike(): Promise<void> {
    const { anchor, sweep, daemon, daemonAndKeeper } = this.shares
    let dice = Math.random()
    if ((dice -= anchor) < 0) await this.killAnchor()
    else if ((dice -= sweep) < 0) await this.killEveryKeeper()
    else if ((dice -= daemon) < 0) await this.killDaemon()
    else if ((dice -= daemonAndKeeper) < 0) await this.killDaemonAndKeeper()
    else await this.killKeeper()
  }

  private liveRuns(): StormRun[] {
    return this.lanes.flatMap(({ run }) => (run === null ? [] : [run]))
  }

  private kill(identity: Identity, what: 'keeper' | 'daemon' | 'anchor'): void {
    killProcess({ ...identity, command: '' })
    this.figures.kills[what]++
  }

  /** Whether there was one to kill. */
  private async killKeeper(): Promise<boolean> {
    const runs = this.liveRuns()
    const run = runs[Math.floor(Math.random() * runs.length)]
    if (run === undefined) return false
    const keeper = (await keepersOf(this.rig.runtime)).get(run.name)
    if (keeper === undefined || keeper === null) return false
    this.kill(keeper, 'keeper')
    void this.timeReturn(run, keeper)
    return true
  }

  /** Of one run: who would have told of its keeper's death is dead as well. */
  private async killDaemonAndKeeper(): Promise<void> {
    const isDaemonKilled = await this.killDaemon()
    const isKeeperKilled = await this.killKeeper()
    if (isDaemonKilled && isKeeperKilled) this.figures.sequences++
  }

  /** One hand of every run at once. */
  private async killEveryKeeper(): Promise<void> {
    this.figures.sweeps++
    const names = new Set(this.liveRuns().map(({ name }) => name))
    for (const [name, keeper] of await keepersOf(this.rig.runtime))
      if (keeper !== null && names.has(name)) this.kill(keeper, 'keeper')
  }

  /** No hand of any run: it may be killed at any moment. */
  private async killDaemon(): Promise<boolean> {
    const daemon = await this.rig.daemon()
    if (daemon !== null) this.kill(daemon, 'daemon')
    return daemon !== null
  }

  private async killAnchor(): Promise<void> {
    await this.rig.beforeAnchorDeath()
    try {
      await this.untilHeld()
      const anchor = await this.rig.anchor()
      if (anchor === null) return
      this.kill(anchor, 'anchor')
      await until(() => !isAlive(anchor), { what: 'the end of the anchor' })
    } finally {
      await this.rig.afterAnchorDeath(() => this.liveRuns())
    }
    await this.untilHeld()
  }

  private async untilHeld(): Promise<void> {
    await until(() => isHeld(this.rig.runtime, this.liveRuns()), {
      deadlineMs: HELD_MS,
      what: 'all runs to be held by both hands',
    })
  }

  private async timeReturn(run: StormRun, killed: Identity): Promise<void> {
    const startedMs = performance.now()
    const isBack = async (): Promise<boolean> => {
      if (!existsSync(run.dir) || run.readOutcome() !== null) return true
      using client = await LineClient.connect(run.socket)
      return (await client.ask({ op: 'hello', subscribe: false }))['pid'] !== killed.pid
    }
    await until(isBack, { deadlineMs: HELD_MS })
      .then(() => this.figures.backMs.push(performance.now() - startedMs))
      .catch((error: unknown) => this.figures.fault(`No keeper of ${run.name} came back: ${String(error)}`))
  }
}
