import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { FettleClient } from '../../src/client/client.ts'
import type { Identity } from '../../src/core/identity/identity.ts'
import { readIdentity } from '../../src/platform/linux/processes.ts'
import { anchorSocket, keeperSocket, runDir, runPaths } from '../../src/store/layout.ts'
import { readOutcome } from '../../src/store/run-files/outcome.ts'
import { CliHome } from '../support/cli-home.ts'
import { LineClient } from '../support/line-client.ts'
import { until } from '../support/until.ts'
import type { StormRig, StormRun, StormStart } from './rig.ts'

/** How long the daemon may be away: kills of it follow each other. */
const RECONNECT_MS = 60_000
const EVENTS_PER_PAGE = 1_000

/** The whole: runs are started and fed through the API of a daemon that the command line has started. */
export class DaemonRig implements StormRig {
  readonly runtime: string
  private readonly home: CliHome
  readonly state: string
  private readonly client: FettleClient
  private readonly started = new Set<string>()
  private seq = 0
  private readonly pending = new Set<Promise<StormRun>>()

  static async start(options: { disable: string | null }): Promise<DaemonRig> {
    const home = new CliHome()
    try {
      const env = options.disable === null ? {} : { FETTLE_TEST_DISABLE: options.disable }
      const { code, err } = await home.run(['daemon', 'start'], { env })
      if (code !== 0) throw new Error(`The daemon does not start: ${err}`)
      const { state, runtime, daemonSocket } = await home.json('paths')
      if (typeof state !== 'string' || typeof runtime !== 'string' || typeof daemonSocket !== 'string')
        throw new Error('fettle paths tells no paths')
      return new DaemonRig({ home, state, runtime, daemonSocket })
    } catch (error) {
      await home[Symbol.asyncDispose]()
      throw error
    }
  }

  private constructor(options: { home: CliHome; state: string; runtime: string; daemonSocket: string }) {
    this.home = options.home
    this.state = options.state
    this.runtime = options.runtime
    this.client = new FettleClient({ socketPath: options.daemonSocket, reconnectMs: RECONNECT_MS })
  }

  get dir(): string {
    return this.home.home.dir
  }

  async start(request: StormStart): Promise<StormRun> {
    const started = this.startJob(request)
    this.pending.add(started)
    try {
      return await started
    } finally {
      this.pending.delete(started)
    }
  }

  private async startJob({ argv, kind }: StormStart): Promise<StormRun> {
    const { job } = await this.client.call('startJob', {
      body: {
        argv: [...argv],
        cwd: this.dir,
        env: { ...this.home.home.env },
        owner: 'storm',
        stdin: kind === 'stdin' ? 'pipe' : kind === 'terminal' ? 'pty' : 'none',
        pty: kind === 'terminal' ? { rows: 24, cols: 80 } : null,
        caller: { umask: 0o022, nice: 0, openFiles: [1024, 4096] },
      },
    })
    this.started.add(job.id)
    return this.toRun(job.id)
  }

  private toRun(id: string): StormRun {
    const dir = runDir(this, id, 1)
    const params = { job: id }
    return {
      name: `${id}.1`,
      dir,
      socket: keeperSocket(this, id, 1),
      readOutcome: () => readOutcome(runPaths(dir).outcome),
      write: async (bytes) => {
        this.seq++
        const body = { base64: Buffer.from(bytes).toString('base64'), client: 'storm', seq: this.seq }
        await this.client.call('inputJob', { params, body })
      },
      closeInput: async () => {
        await this.client.call('closeJob', { params })
      },
    }
  }

  /** Its own word, or nobody while there is none. */
  private async ask(name: 'pid' | 'daemonPid'): Promise<Identity | null> {
    try {
      using client = await LineClient.connect(anchorSocket(this))
      const pid = (await client.ask({ op: 'hello' }))[name]
      return typeof pid === 'number' ? readIdentity(pid) : null
    } catch {
      return null // killed a moment ago
    }
  }

  anchor(): Promise<Identity | null> {
    return this.ask('pid')
  }

  daemon(): Promise<Identity | null> {
    return this.ask('daemonPid')
  }

  /**
   * The daemon starts the next anchor; if it is dead as well only the next command would. The environment of a run
   * is with the daemon and the anchor until its keeper has it: not both are killed while a start is under way.
   */
  async beforeAnchorDeath(): Promise<void> {
    await Promise.allSettled(this.pending)
    await until(async () => await this.client.call('daemonStatus'), {
      deadlineMs: RECONNECT_MS,
      what: 'an answer of the daemon',
    })
  }

  async afterAnchorDeath(): Promise<void> {
    await Promise.allSettled(this.pending)
  }

  /** Each run has begun once and ended once, whoever was killed while it was told. */
  async finalFaults(): Promise<string[]> {
    const seen = new Map<string, number>()
    for (let after = 0; ;) {
      const { events, next } = await this.client.call('events', { query: { after, limit: EVENTS_PER_PAGE } })
      for (const { jobId, kind } of events)
        seen.set(`${jobId} ${kind}`, (seen.get(`${jobId} ${kind}`) ?? 0) + 1)
      if (events.length === 0 || next <= after) break
      after = next
    }
    const faults: string[] = []
    for (const id of this.started) {
      const count = (kind: string): number => seen.get(`${id} ${kind}`) ?? 0
      const ends = count('run_ended') + count('run_lost') + count('start_failed')
      if (count('job_created') !== 1 || count('run_started') !== 1 || ends !== 1)
        faults.push(
          `${id}: ${count('job_created')} job_created, ${count('run_started')} run_started, ${ends} ends told`,
        )
    }
    return faults
  }

  logs(): string[] {
    const folder = join(this.state, 'log')
    return readdirSync(folder).map((name) => join(folder, name))
  }

  /** Its record stays: the daemon knows it. */
  forget(run: StormRun): void {
    const folder = join(run.dir, 'output')
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { force: true })
    rmSync(runPaths(run.dir).inputLog, { force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close()
    await this.home[Symbol.asyncDispose]()
  }
}
