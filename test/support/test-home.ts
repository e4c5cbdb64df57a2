import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jobDir } from '../../src/store/layout.ts'
import { findHomeProcesses, killProcess, HOME_MARK } from './home-processes.ts'
import { DEADLINE_MS, until } from './until.ts'

export interface TestHomeOptions {
  /** Folders between the home and its state, for long paths; a whole pass sets `FETTLE_TEST_DEEPER`. */
  readonly deeper?: string
  /** Where the state lies instead of under the temporary folder, such as a small file system. */
  readonly state?: string
}

/**
 * A home of its own under a short path. At the end of its scope everything that was started in it is ended, and
 * the test fails when a finished run has left something, when something cannot be ended, or when one of fettle's
 * processes had something to say on its log.
 */
export class TestHome implements AsyncDisposable {
  readonly dir: string
  readonly state: string
  readonly runtime: string
  readonly hostId = 'test-host'
  /** Lines of the log that a test provokes on purpose. */
  readonly expectedLog: RegExp[] = []
  private readonly finishedRuns: { readonly run: string; readonly dir: string }[] = []

  constructor(options: TestHomeOptions = {}) {
    this.dir = mkdtempSync(join(tmpdir(), 'f-'))
    this.state =
      options.state ?? join(this.dir, options.deeper ?? process.env['FETTLE_TEST_DEEPER'] ?? '', 's')
    this.runtime = join(this.dir, 'r')
    mkdirSync(this.state, { recursive: true, mode: 0o700 })
    mkdirSync(join(this.state, 'log'), { recursive: true, mode: 0o700 })
    mkdirSync(this.runtime, { mode: 0o700 })
  }

  /** What anchor, daemon and CLI of this home are started with. */
  get env(): Record<string, string> {
    const { PATH = '/usr/bin:/bin', HOME = this.dir, FETTLE_TEST_DISABLE } = process.env
    return {
      PATH,
      HOME,
      LANG: 'C.UTF-8',
      [HOME_MARK]: this.dir,
      ...(FETTLE_TEST_DISABLE === undefined ? {} : { FETTLE_TEST_DISABLE }),
    }
  }

  get logPath(): string {
    return join(this.state, 'log', 'anchor.log')
  }

  jobDir(id: string): string {
    return jobDir(this, id)
  }

  /** A run of which nothing may be left once the home ends. */
  expectNothingOf(run: { readonly run: string; readonly dir: string }): void {
    this.finishedRuns.push(run)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const faults: string[] = []
    for (const { run, dir } of this.finishedRuns) {
      await until(() => findHomeProcesses(dir), {
        holds: (left) => left.length === 0,
        what: `nothing to be left of ${run}`,
      }).catch((error: unknown) => faults.push(String(error)))
    }
    // Again until none is left: a supervisor answers a kill with a new process.
    const endBy = performance.now() + DEADLINE_MS
    let left = findHomeProcesses(this.dir)
    for (; left.length > 0 && performance.now() < endBy; left = findHomeProcesses(this.dir)) {
      for (const process of left) killProcess(process)
      await until(() => left.every(({ pid }) => !existsSync(`/proc/${pid}`) || isZombie(pid)), {
        deadlineMs: 1_000,
      }).catch(() => {})
    }
    if (left.length > 0) faults.push(`Cannot be ended: ${JSON.stringify(left)}`)
    faults.push(...this.readUnexpectedLog())
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 3 })
    if (faults.length === 0) return
    // Said at once: beside a failure of the test itself only a SuppressedError without words would be shown.
    console.error(faults.join('\n'))
    throw new Error(faults.join('\n'))
  }

  /** Anchor and keepers write to it only when something is wrong with them. */
  private readUnexpectedLog(): string[] {
    if (!existsSync(this.logPath)) return []
    const lines = readFileSync(this.logPath, 'utf8').split('\n')
    const unexpected = lines.filter(
      (line) => line !== '' && !this.expectedLog.some((known) => known.test(line)),
    )
    return unexpected.length === 0 ? [] : [`Log of anchor and keepers:\n${unexpected.join('\n')}`]
  }
}

function isZombie(pid: number): boolean {
  try {
    return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))
  } catch {
    return true // ended meanwhile
  }
}
