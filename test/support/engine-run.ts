import { appendFileSync, writeFileSync } from 'node:fs'
import { isRecord } from '../../src/core/errors.ts'
import type { Outcome } from '../../src/core/run/outcome.ts'
import type { RunState } from '../../src/core/run/state.ts'
import type { Identity } from '../../src/core/identity/identity.ts'
import { readIdentity } from '../../src/platform/linux/processes.ts'
import { runPaths, type RunPaths, type StreamName } from '../../src/store/layout.ts'
import { readOutcome } from '../../src/store/run-files/outcome.ts'
import { readState } from '../../src/store/run-files/state.ts'
import type { Engine } from './engine.ts'
import { killProcess } from './home-processes.ts'
import { LineClient } from './line-client.ts'
import { readOutput, type OutputOnDisk } from './output-on-disk.ts'
import { until, type UntilOptions } from './until.ts'

const PUSHED = new Set(['output', 'fact', 'outcome'])

/** One run of an engine under test. */
export class EngineRun {
  readonly id: string
  readonly name: string
  readonly dir: string
  readonly socket: string
  readonly paths: RunPaths
  private readonly engine: Engine

  constructor(options: { engine: Engine; id: string; dir: string; socket: string }) {
    this.engine = options.engine
    this.id = options.id
    this.name = `${options.id}.1`
    this.dir = options.dir
    this.socket = options.socket
    this.paths = runPaths(options.dir)
  }

  readOutcome(): Outcome | null {
    return readOutcome(this.paths.outcome)
  }

  /** Waits for the end: the outcome, and the state that follows it. */
  async outcome(options: UntilOptions<Outcome | null> = {}): Promise<Outcome> {
    const outcome = await until(() => this.readOutcome(), { what: `the outcome of ${this.name}`, ...options })
    await until(() => this.readState()?.name === outcome.state, { what: `the last state of ${this.name}` })
    return outcome
  }

  readState(): RunState | null {
    return readState(this.paths.state)
  }

  leader(): Promise<Identity> {
    return until(() => this.readState()?.leader, { what: `the first process of ${this.name}` })
  }

  output(stream: StreamName = 'out'): OutputOnDisk {
    return readOutput(this.paths.output, stream)
  }

  text(stream: StreamName = 'out'): string {
    return this.output(stream).bytes.toString('utf8')
  }

  /** Waits until the run has printed the text, and gives all that it has printed. */
  async printed(text: string, options: { stream?: StreamName; deadlineMs?: number } = {}): Promise<string> {
    const { stream = 'out', ...others } = options
    return until(() => this.text(stream), {
      what: `${this.name} to print ${JSON.stringify(text)}`,
      holds: (seen) => seen.includes(text),
      ...others,
    })
  }

  /** Asks the keeper that lives now, or the next one where it is being replaced. */
  async ask(request: object, options: { deadlineMs?: number } = {}): Promise<Record<string, unknown>> {
    return until(
      async () => {
        using client = await LineClient.connect(this.socket)
        return await client.ask(request)
      },
      { what: `an answer of the keeper of ${this.name} to ${JSON.stringify(request)}`, ...options },
    )
  }

  /** A connection that is told everything; what comes lands in `pushed`. */
  async subscribe(): Promise<LineClient> {
    const client = await until(() =>
      LineClient.connect(this.socket, { isPush: ({ t }) => PUSHED.has(String(t)) || t === 'status' }),
    )
    await client.ask({ op: 'hello', subscribe: true })
    return client
  }

  stop(options: { graceMs?: number | null; reason?: string; actor?: string } = {}): Promise<object> {
    return this.ask({ op: 'stop', reason: 'killed', actor: 'test', graceMs: null, ...options })
  }

  async memberPids(): Promise<number[]> {
    const answer = await this.ask({ op: 'members' })
    const data = answer['data']
    const members = isRecord(data) ? data['members'] : null
    if (!Array.isArray(members)) throw new Error(`The keeper lists no members: ${JSON.stringify(answer)}`)
    return members.filter(isRecord).map((member) => Number(member['pid']))
  }

  /** What the daemon does with accepted input, but for its journal. */
  async write(bytes: string | Uint8Array, options: { deadlineMs?: number } = {}): Promise<void> {
    appendFileSync(this.paths.inputLog, bytes)
    await this.tellInput(options)
  }

  /** A run may end by what it has read before its keeper could be told that there is more. */
  private async tellInput(options: { deadlineMs?: number }): Promise<void> {
    await until(async () => {
      if (this.readOutcome() !== null) return true
      using client = await LineClient.connect(this.socket)
      return await client.ask({ op: 'input' })
    }, options)
  }

  async closeInput(options: { deadlineMs?: number } = {}): Promise<void> {
    writeFileSync(this.paths.inputClosed, '')
    await this.tellInput(options)
    await this.engine.ask({ op: 'close_input', run: this.name })
  }

  /** SIGKILL to the keeper that lives now; false when there is none at this moment. */
  async killKeeper(): Promise<boolean> {
    const held = (await this.engine.heldRuns()).find(({ run }) => run === this.name)
    const pid = held?.keeperPid ?? null
    const identity = pid === null ? null : readIdentity(pid)
    if (identity === null) return false
    killProcess({ ...identity, command: '' })
    return true
  }

  /** Kills the keeper and waits for the one that takes its place. */
  async replaceKeeper(): Promise<void> {
    await this.replaceKeeperUnless(() => false)
  }

  /** False where the run has ended before that. */
  async replaceKeeperInTime(): Promise<boolean> {
    const hasEnded = (): boolean => this.readOutcome() !== null
    await this.replaceKeeperUnless(hasEnded)
    return !hasEnded()
  }

  private async replaceKeeperUnless(isOver: () => boolean): Promise<void> {
    let before = 0
    await until(async () => isOver() || (before = await this.generation(2_000)) > 0)
    await until(async () => isOver() || (await this.killKeeper()), {
      what: `a keeper of ${this.name} to kill`,
    })
    await until(async () => isOver() || (await this.generation(2_000)) > before, {
      what: `a new keeper of ${this.name}`,
    })
  }

  async generation(deadlineMs?: number): Promise<number> {
    const answer = await this.ask({ op: 'status' }, deadlineMs === undefined ? {} : { deadlineMs })
    const status = answer['status']
    return isRecord(status) ? Number(status['generation']) : 0
  }
}
