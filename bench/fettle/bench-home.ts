import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  FettleClient,
  followEvents,
  type FettleEvent,
  type JobView,
  type RunRequest,
} from '../../src/client/index.ts'
import { isRecord } from '../../src/core/errors.ts'
import { binaryPath } from '../harness/binary.ts'
import { runCommand, timeCommand, type CommandResult } from '../harness/command.ts'
import type { Scratch } from '../harness/scratch.ts'
import { findHomeProcesses, type HomeProcesses } from './home-processes.ts'

/** The owner of most jobs. A home has a limit for each owner, so large numbers are spread over several. */
const OWNER = 'bench'
const CALLER = { umask: 0o022, nice: 0, openFiles: [1024, 4096] } satisfies RunRequest['caller']

/** A request without what is the same for all of them. */
export type JobRequest = Omit<RunRequest, 'caller' | 'cwd' | 'env' | 'owner'> & { readonly owner?: string }

/** A home of its own, with a daemon, driven through the API and through the command line. */
export class BenchHome implements AsyncDisposable {
  readonly dir: string
  readonly env: Readonly<Record<string, string>>
  private readonly scratch: Scratch
  private opened: { readonly client: FettleClient; readonly state: string } | null = null

  /** The home of a daemon that is up. */
  static async start(scratch: Scratch): Promise<BenchHome> {
    const home = new BenchHome(scratch)
    await home.startDaemon()
    return home
  }

  private constructor(scratch: Scratch) {
    this.scratch = scratch
    this.dir = scratch.folder()
    this.env = { ...scratch.env(this.dir), FETTLE_HOME: join(this.dir, 'h'), XDG_RUNTIME_DIR: this.dir }
  }

  get client(): FettleClient {
    if (this.opened === null) throw new Error('the daemon of this home has not been started')
    return this.opened.client
  }

  /** The command line, blocking. */
  cli(...args: string[]): CommandResult {
    return timeCommand([binaryPath, ...args], { env: this.env })
  }

  async cliAsync(...args: string[]): Promise<string> {
    return await runCommand([binaryPath, ...args], { env: this.env })
  }

  async startDaemon(): Promise<void> {
    await this.cliAsync('daemon', 'start')
    this.opened?.client.close()
    const paths: unknown = JSON.parse(this.cli('paths', '--json').stdout)
    if (!isRecord(paths)) throw new Error('fettle paths --json gave no object')
    this.opened = {
      client: new FettleClient({ socketPath: String(paths['daemonSocket']) }),
      state: String(paths['state']),
    }
  }

  async start(request: JobRequest): Promise<JobView> {
    const { job } = await this.client.call('startJob', {
      body: { owner: OWNER, ...request, cwd: '/', env: { ...this.env }, caller: CALLER },
    })
    return job
  }

  async stop(ids: readonly string[]): Promise<void> {
    await this.client.call('stopJobs', { body: { selectors: [...ids], actor: `owner:${OWNER}` } })
  }

  async job(id: string): Promise<JobView> {
    return (await this.client.call('getJob', { params: { job: id } })).job
  }

  async jobs(): Promise<readonly JobView[]> {
    return (await this.client.call('listJobs')).jobs
  }

  events(options: {
    readonly kinds: readonly string[]
    readonly signal: AbortSignal
  }): AsyncGenerator<FettleEvent> {
    return followEvents({ socketPath: this.client.socketPath, ...options })
  }

  processes(): HomeProcesses {
    return findHomeProcesses(this.dir)
  }

  outputDir(id: string): string {
    return join(this.jobsDir, id, 'runs', '1', 'output')
  }

  get jobsDir(): string {
    if (this.opened === null) throw new Error('the daemon of this home has not been started')
    return join(this.opened.state, 'jobs')
  }

  /** Lines of the anchor's log, into which keepers write too: they say something only when something is wrong. */
  complaints(): string[] {
    const dir = join(this.jobsDir, '..', 'log')
    return readdirSync(dir)
      .filter((name) => name === 'anchor.log')
      .flatMap((name) => readFileSync(join(dir, name), 'utf8').split('\n'))
      .filter((line) => line !== '')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.opened?.client.close()
    await this.scratch.end(this.dir)
  }
}
