export type Victim = 'keeper' | 'daemon' | 'anchor'

/** What a storm has done and seen. */
export class Figures {
  readonly kills: Record<Victim, number> = { keeper: 0, daemon: 0, anchor: 0 }
  readonly faults: string[] = []
  readonly lostCodes: string[] = []
  rounds = 0
  bytes = 0
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

  report(): string {
    const back = this.backMs.toSorted((a, b) => a - b)
    const at = (share: number): string => (back[Math.floor(share * (back.length - 1))] ?? 0).toFixed(0)
    const { keeper, daemon, anchor } = this.kills
    return [
      `seconds   ${this.seconds.toFixed(0)}`,
      `kills     ${keeper} keepers, ${daemon} daemons, ${anchor} anchors`,
      `rounds    ${this.rounds}`,
      `compared  ${(this.bytes / 1e6).toFixed(1)} MB`,
      `back      p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms`,
      `lost      ${this.lostCodes.length} exit codes${list(this.lostCodes)}`,
      `faults    ${this.faults.length}${list(this.faults)}`,
    ].join('\n')
  }
}

const list = (lines: readonly string[]): string => lines.map((line) => `\n          ${line}`).join('')
