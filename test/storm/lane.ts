import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { differenceOf, readOutput } from '../support/output-on-disk.ts'
import { until } from '../support/until.ts'
import type { Figures } from './figures.ts'
import { keepersOf } from './held.ts'
import { payload } from './payloads.ts'
import type { LaneKind, StormRig, StormRun } from './rig.ts'

const END_MS = 120_000
/** Input is handed over in pieces of this size, so that kills meet it half accepted. */
const PIECE_BYTES = 64 * 1024

/** One run after the other, flat out, each compared byte for byte with what it should have been. */
export class Lane {
  readonly kind: LaneKind
  /** The run that lives now. */
  run: StormRun | null = null
  private readonly rig: StormRig
  private readonly figures: Figures
  private readonly lines: number
  private readonly received: string

  private readonly evidence: string | null

  constructor(options: {
    kind: LaneKind
    n: number
    rig: StormRig
    figures: Figures
    lines: number
    evidence?: string
  }) {
    this.evidence = options.evidence ?? null
    this.kind = options.kind
    this.rig = options.rig
    this.figures = options.figures
    this.lines = options.lines
    this.received = join(options.rig.dir, `received-${options.n}`)
  }

  async runRounds(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await this.round().catch((error: unknown) => this.figures.fault(`A ${this.kind} run: ${String(error)}`))
    }
  }

  private async round(): Promise<void> {
    const code = 1 + Math.floor(Math.random() * 99)
    const run = await this.rig.start({
      kind: this.kind,
      argv: ['sh', '-c', `${this.command()}; exit ${code}`],
    })
    this.run = run
    try {
      if (this.kind === 'stdin') await this.feed(run)
      const outcome = await until(() => run.readOutcome(), {
        deadlineMs: END_MS,
        what: `the end of ${run.name}`,
      })
      this.run = null
      const faultsBefore = this.figures.faults.length + this.figures.lostCodes.length
      this.compareBytes(run)
      this.figures.learned[outcome.source]++
      if (outcome.state === 'lost') this.figures.lost(`${run.name} (${this.kind})`)
      else if (outcome.code !== code)
        this.figures.fault(`${run.name} (${this.kind}) ended with ${outcome.code} instead of ${code}`)
      this.figures.rounds++
      if (this.figures.faults.length + this.figures.lostCodes.length > faultsBefore) this.keepEvidence(run)
      await until(async () => !(await keepersOf(this.rig.runtime)).has(run.name), {
        deadlineMs: END_MS,
        what: `the keeper of ${run.name} to leave`,
      })
      this.rig.forget(run)
    } catch (error) {
      this.figures.fault(
        `${run.name} (${this.kind}): ${error instanceof Error ? error.message : String(error)}`,
      )
      this.keepEvidence(run)
    } finally {
      this.run = null
      rmSync(this.received, { force: true })
    }
  }

  private keepEvidence(run: StormRun): void {
    if (this.evidence === null) return
    const to = join(this.evidence, run.name)
    mkdirSync(to, { recursive: true })
    for (const name of existsSync(run.dir) ? readdirSync(run.dir) : []) {
      if (/\.(?:json|idx|closed|log)$/.test(name)) copyFileSync(join(run.dir, name), join(to, name))
    }
    if (existsSync(this.received)) copyFileSync(this.received, join(to, 'received'))
    for (const log of this.rig.logs()) copyFileSync(log, join(to, basename(log)))
  }

  private command(): string {
    if (this.kind === 'stdin') return `cat > ${this.received}`
    return `seq 1 ${this.lines}`
  }

  private async feed(run: StormRun): Promise<void> {
    const input = payload('stdin', this.lines)
    for (let from = 0; from < input.byteLength; from += PIECE_BYTES)
      await run.write(input.subarray(from, from + PIECE_BYTES))
    await run.closeInput()
  }

  private compareBytes(run: StormRun): void {
    const output = readOutput(join(run.dir, 'output'))
    const got = this.kind === 'stdin' ? readFileSync(this.received) : output.bytes
    const expected = payload(this.kind, this.lines)
    this.figures.bytes[this.kind] += got.byteLength
    const difference = differenceOf(got, expected)
    if (difference !== null) this.figures.fault(`${run.name} (${this.kind}): ${difference}`)
    if (output.holes.length > 0) this.figures.fault(`${run.name} (${this.kind}) has holes`)
  }
}
