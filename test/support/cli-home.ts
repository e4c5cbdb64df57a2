import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRecord } from '../../src/core/errors.ts'
import { fettleBinary } from './binary.ts'
import { TestHome } from './test-home.ts'

export interface CliResult {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface CliOptions {
  readonly env?: Record<string, string>
  readonly cwd?: string
  readonly stdin?: string
}

/** A command that takes longer than this hangs; it is killed, and the test fails by its answer. */
const HANGS_AFTER_MS = 45_000

/** A home in which the built binary is used as a person would. */
export class CliHome implements AsyncDisposable {
  readonly home = new TestHome()
  /** A folder for what the test's commands write. */
  readonly work: string
  /** What is called; a test of two versions changes it. */
  binary = fettleBinary()

  constructor() {
    this.work = join(this.home.dir, 'w')
    mkdirSync(this.work)
  }

  get env(): Record<string, string> {
    return { ...this.home.env, FETTLE_HOME: join(this.home.dir, 'h'), FETTLE_OWNER: 'tester' }
  }

  async run(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
    const child = Bun.spawn([this.binary, ...args], {
      cwd: options.cwd ?? this.work,
      env: { ...this.env, ...options.env },
      stdin: options.stdin === undefined ? 'ignore' : Buffer.from(options.stdin),
      stdout: 'pipe',
      stderr: 'pipe',
      timeout: HANGS_AFTER_MS,
    })
    const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
    return { code, out, err }
  }

  /** The answer of a command that must succeed. */
  async ok(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await this.run(args)
    if (code !== 0) throw new Error(`fettle ${args.join(' ')} exited with ${code}: ${err}${out}`)
    return out
  }

  /** The one JSON value that a command prints. */
  async json(...args: readonly string[]): Promise<Record<string, unknown>> {
    const value: unknown = JSON.parse(await this.ok(...args, '--json'))
    if (!isRecord(value)) throw new Error(`fettle ${args.join(' ')} printed no JSON object`)
    return value
  }

  /** Pid of the daemon, from its own word. */
  async daemonPid(): Promise<number> {
    const { pid } = await this.json('daemon', 'status')
    if (typeof pid !== 'number') throw new Error('The daemon told no pid')
    return pid
  }

  read(name: string): string | null {
    const path = join(this.work, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.home[Symbol.asyncDispose]()
  }
}
