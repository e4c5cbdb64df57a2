import { existsSync, rmSync } from 'node:fs'
import type { Identity } from '../../src/core/identity/identity.ts'
import { Engine } from '../support/engine.ts'
import type { StormRig, StormRun, StormStart } from './rig.ts'

/** Keepers are killed one after the other: one that answers may be long in coming. */
const PATIENCE_MS = 120_000

/** Anchor and keepers without a daemon. */
export class EngineRig implements StormRig {
  private readonly engine: Engine
  private starts = 0
  private anchorGone: Promise<void> = Promise.resolve()
  private anchorBack = (): void => {}

  static async start(options: { disable: string | null }): Promise<EngineRig> {
    return new EngineRig(
      await Engine.start(options.disable === null ? {} : { env: { FETTLE_TEST_DISABLE: options.disable } }),
    )
  }

  private constructor(engine: Engine) {
    this.engine = engine
  }

  get dir(): string {
    return this.engine.home.dir
  }

  get runtime(): string {
    return this.engine.home.runtime
  }

  async start({ argv, kind }: StormStart): Promise<StormRun> {
    await this.anchorGone
    this.starts++
    try {
      const run = await this.engine.start({
        argv,
        stdin: kind === 'stdin' ? 'pipe' : kind === 'terminal' ? 'pty' : 'none',
        pty: kind === 'terminal' ? { rows: 24, cols: 80 } : null,
      })
      return {
        name: run.name,
        dir: run.dir,
        socket: run.socket,
        write: (bytes) => run.write(bytes, { deadlineMs: PATIENCE_MS }),
        // The keeper tells the anchor, or the next one does not get what is closed.
        closeInput: () => run.closeInput({ deadlineMs: PATIENCE_MS }).catch(() => {}),
        readOutcome: () => run.readOutcome(),
      }
    } finally {
      this.starts--
    }
  }

  anchor(): Promise<Identity | null> {
    return Promise.resolve(this.engine.anchorIfAlive())
  }

  daemon(): Promise<null> {
    return Promise.resolve(null)
  }

  /** Nobody repeats a start here as the daemon does: none is under way while the anchor is killed. */
  async beforeAnchorDeath(): Promise<void> {
    const gate = Promise.withResolvers<void>()
    this.anchorGone = gate.promise
    this.anchorBack = gate.resolve
    while (this.starts > 0) await Bun.sleep(1)
  }

  async afterAnchorDeath(live: () => readonly StormRun[]): Promise<void> {
    try {
      if (this.engine.anchorIfAlive() !== null) return
      await this.engine.replaceDeadAnchor()
      for (const run of live()) {
        await this.engine.adopt(run).catch((error: unknown) => {
          // It has ended and was let go of meanwhile.
          if (existsSync(run.dir)) throw error
        })
      }
    } finally {
      this.anchorBack()
    }
  }

  finalFaults(): Promise<string[]> {
    return Promise.resolve([])
  }

  logs(): string[] {
    return [this.engine.home.logPath]
  }

  forget(run: StormRun): void {
    rmSync(run.dir, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine[Symbol.asyncDispose]()
  }
}
