import { mkdirSync, openSync, closeSync } from 'node:fs'
import type { Identity } from '../../src/core/identity/identity.ts'
import { isRecord } from '../../src/core/errors.ts'
import { bootId } from '../../src/platform/clock.ts'
import { isAlive, readIdentity } from '../../src/platform/linux/processes.ts'
import { SIGCHLD, SIGPIPE } from '../../src/platform/linux/signals.ts'
import { handEnvironment, spawn } from '../../src/platform/linux/spawn.ts'
import { reapChild } from '../../src/platform/linux/wait.ts'
import { anchorSocket, keeperSocket, runDir } from '../../src/store/layout.ts'
import { writeSpec } from '../../src/store/run-files/spec.ts'
import { fettleBinary } from './binary.ts'
import { EngineRun } from './engine-run.ts'
import { HOME_MARK, killProcess } from './home-processes.ts'
import { LineClient } from './line-client.ts'
import { makeSpec, type SpecChange } from './run-spec.ts'
import { TestHome, type TestHomeOptions } from './test-home.ts'
import { until } from './until.ts'

export interface EngineOptions extends TestHomeOptions {
  /** Added to what anchor and keepers are started with. */
  readonly env?: Readonly<Record<string, string>>
  /** Comes before the binary, such as a shell that lowers a limit and then becomes it. */
  readonly wrapper?: readonly string[]
}

export interface StartOptions {
  /** Added to a run's environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly keepEnv?: boolean
  /** Called when everything of the run that its starter writes is on disk. */
  readonly beforeStart?: () => void
}

/** Anchor and keepers of a home of their own, spoken to directly: what the daemon does, without one. */
export class Engine implements AsyncDisposable {
  readonly home: TestHome
  private readonly options: EngineOptions
  private readonly runs: EngineRun[] = []
  private started = 0
  private client: LineClient | null = null
  private anchorIdentity = { pid: 0, startTicks: 0 }

  static async start(options: EngineOptions = {}): Promise<Engine> {
    const engine = new Engine(options)
    try {
      await engine.startAnchor()
      return engine
    } catch (error) {
      await engine.home[Symbol.asyncDispose]()
      throw error
    }
  }

  private constructor(options: EngineOptions) {
    this.options = options
    this.home = new TestHome(options)
  }

  get anchorPid(): number {
    return this.anchorIdentity.pid
  }

  /** Starts the binary as an anchor, and keeps a connection, which keeps it. */
  async startAnchor(wrapper: readonly string[] | undefined = this.options.wrapper): Promise<void> {
    const { state, runtime, hostId, logPath, env } = this.home
    const argv = ['fettle', '__anchor', state, runtime, hostId]
    const log = openSync(logPath, 'a', 0o600)
    const pid = spawn({
      path: wrapper === undefined ? fettleBinary() : (Bun.which(wrapper[0] ?? '') ?? ''),
      argv: wrapper === undefined ? argv : [...wrapper, fettleBinary(), ...argv],
      env: Object.entries({ ...handEnvironment(env), ...this.options.env }).map(([k, v]) => `${k}=${v}`),
      files: [
        { kind: 'open', to: 0, path: '/dev/null', flags: 2 },
        { kind: 'open', to: 1, path: '/dev/null', flags: 2 },
        { kind: 'dup', from: log, to: 2 },
      ],
      newSession: true,
      blocked: [SIGCHLD, SIGPIPE],
    })
    closeSync(log)
    if (pid < 0) throw new Error(`The anchor cannot be started: errno ${-pid}`)
    this.anchorIdentity = { pid, startTicks: readIdentity(pid)?.startTicks ?? 0 }
    this.client = await until(() => this.greetAnchor(), { what: 'the anchor' })
  }

  /** A child that the last one was about to become may hold its socket for a moment longer, and answers nothing. */
  private async greetAnchor(): Promise<LineClient> {
    const client = await LineClient.connect(anchorSocket(this.home))
    await client.ask({ op: 'hello' })
    return client
  }

  /** Returns once it is gone. Nobody starts another: `startAnchor` does. */
  async killAnchor(): Promise<void> {
    killProcess({ ...this.anchorIdentity, command: '' })
    await until(() => reapChild(this.anchorPid) !== null, { what: 'the end of the anchor' })
    this.leaveAnchor()
  }

  anchorIfAlive(): Identity | null {
    return this.isAnchorAlive() ? { bootId: bootId(), ...this.anchorIdentity } : null
  }

  /** After somebody has killed it. */
  async replaceDeadAnchor(): Promise<void> {
    await until(() => reapChild(this.anchorPid) !== null, { what: 'the end of the anchor' })
    this.leaveAnchor()
    await this.startAnchor()
  }

  /** A new anchor is told of each run that lives. */
  async adopt(run: Pick<EngineRun, 'name' | 'dir' | 'socket'>): Promise<void> {
    await this.ask({ op: 'adopt', run: run.name, dir: run.dir, socket: run.socket })
  }

  /** Ends the connection that keeps the anchor. */
  leaveAnchor(): void {
    this.client?.[Symbol.dispose]()
    this.client = null
  }

  isAnchorAlive(): boolean {
    return isAlive({ bootId: bootId(), ...this.anchorIdentity })
  }

  anchorCommand(): string[] {
    const { state, runtime, hostId } = this.home
    return [fettleBinary(), '__anchor', state, runtime, hostId]
  }

  /** Throws what the anchor refuses. */
  async ask(request: object): Promise<Record<string, unknown>> {
    if (this.client === null) throw new Error('There is no anchor')
    const answer = await this.client.ask(request)
    if (answer['t'] === 'error') throw new Error(`${String(answer['code'])}: ${String(answer['message'])}`)
    return answer
  }

  async heldRuns(): Promise<{ run: string; keeperPid: number | null; generation: number }[]> {
    const { runs } = await this.ask({ op: 'list' })
    if (!Array.isArray(runs)) throw new Error('The anchor lists no runs')
    return runs.filter(isRecord).map((held) => ({
      run: String(held['run']),
      keeperPid: typeof held['keeperPid'] === 'number' ? held['keeperPid'] : null,
      generation: Number(held['generation']),
    }))
  }

  async start(change: SpecChange, options: StartOptions = {}): Promise<EngineRun> {
    this.started += 1
    const id = `proc_${String(this.started).padStart(12, '0')}`
    const dir = runDir(this.home, id, 1)
    const run = new EngineRun({ engine: this, id, dir, socket: keeperSocket(this.home, id, 1) })
    const spec = makeSpec(change)
    mkdirSync(run.paths.output, { recursive: true, mode: 0o700 })
    writeSpec(run.paths.spec, spec)
    options.beforeStart?.()
    const env = {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: this.home.dir,
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      [HOME_MARK]: this.home.dir,
      ...options.env,
    }
    const block = Object.entries(env).map(([name, value]) => `${name}=${value}\0`)
    await this.ask({
      op: 'start',
      run: run.name,
      dir,
      socket: run.socket,
      pty: spec.pty,
      split: spec.split,
      stdin: spec.stdin,
      env: Buffer.from(block.join('')).toString('base64'),
      keepEnv: options.keepEnv === true,
    })
    this.runs.push(run)
    return run
  }

  /** A run that has ended and whose end names no survivors must have left nothing at all. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const run of this.runs) {
      const outcome = run.readOutcome()
      if (outcome !== null && outcome.leftovers.proof !== 'survivors' && this.client !== null)
        this.home.expectNothingOf({ run: run.name, dir: run.dir })
    }
    try {
      await this.home[Symbol.asyncDispose]()
    } finally {
      this.client?.[Symbol.dispose]()
      reapChild(this.anchorPid)
    }
  }
}
