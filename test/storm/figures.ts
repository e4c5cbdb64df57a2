import type { OutcomeSource } from '../../src/core/run/outcome.ts'
import type { LaneKind } from './rig.ts'

export type Victim = 'keeper' | 'daemon' | 'anchor'

/** Figures of one storm as they are kept for the page. */
export interface Totals {
  readonly seconds: number
  readonly kills: Readonly<Record<Victim, number>>
  /** A daemon, and at once after it the keeper of one of its runs. */
  readonly sequences: number
  /** All keepers at the same moment. */
  readonly sweeps: number
  readonly rounds: number
  readonly bytes: Readonly<Record<LaneKind, number>>
  readonly learned: Readonly<Record<OutcomeSource, number>>
  readonly faults: number
}

/** What a storm has done and seen. */
export class Figures {
  readonly kills: Record<Victim, number> = { keeper: 0, daemon: 0, anchor: 0 }
  readonly faults: string[] = []
  readonly lostCodes: string[] = []
  sequences = 0
  sweeps = 0
  rounds = 0
  readonly bytes: Record<LaneKind, number> = { fifo: 0, terminal: 0, stdin: 0 }
  /** How the exit codes were learned that were compared. */
  readonly learned: Record<OutcomeSource, number> = { waited: 0, pidfd: 0, zombie: 0, lost: 0 }
  seconds = 0
  /** Called at once, while what led to it can still be looked at. */
  private readonly onFault: (text: string) => void
  /** From a keeper's death to its successor's first answer, ms. */
  readonly backMs: number[] = []

  constructor(onFault: (text: string) => void = () => {}) {
    this.onFault = onFault
  }

  fault(text: string): void {
    this.faults.push(text)
    this.onFault(text)
  }

  /** Nobody could learn how a run ended: a fault on kernels that keep a record of it. */
  lost(run: string): void {
    this.lostCodes.push(run)
    this.onFault(`The exit code of ${run} is lost`)
  }

  get totals(): Totals {
    const { seconds, kills, sequences, sweeps, rounds, bytes, learned, faults } = this
    return { seconds, kills, sequences, sweeps, rounds, bytes, learned, faults: faults.length }
  }

  report(): string {
    const back = this.backMs.toSorted((a, b) => a - b)
    const at = (share: number): string => (back[Math.floor(share * (back.length - 1))] ?? 0).toFixed(0)
    const { keeper, daemon, anchor } = this.kills
    const megabytes = Object.entries(this.bytes).map(
      ([kind, bytes]) => `${(bytes / 1e6).toFixed(1)} MB ${kind}`,
    )
    const learned = Object.entries(this.learned).map(([source, count]) => `${count} ${source}`)
    return [
      `seconds   ${this.seconds.toFixed(0)}`,
      `kills     ${keeper} keepers, ${daemon} daemons, ${anchor} anchors`,
      `sequences ${this.sequences} of daemon and keeper, ${this.sweeps} of all keepers`,
      `rounds    ${this.rounds}`,
      `compared  ${megabytes.join(', ')}`,
      `codes     ${learned.join(', ')}`,
      `back      p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms`,
      `lost      ${this.lostCodes.length} exit codes${list(this.lostCodes)}`,
      `faults    ${this.faults.length}${list(this.faults)}`,
    ].join('\n')
  }
}

const list = (lines: readonly string[]): string => lines.map((line) => `\n          ${line}`).join('')
