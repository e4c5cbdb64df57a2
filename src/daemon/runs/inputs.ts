import { existsSync } from 'node:fs'
import { FettleError } from '../../core/errors.ts'
import type { AnchorLink } from '../engine/anchor-link.ts'
import type { DaemonLog } from '../log.ts'
import type { RunPaths } from '../../store/layout.ts'
import { InputLog, type AcceptedInput } from './input-log.ts'
import type { RunGuard } from './run-guard.ts'

export interface InputsOptions {
  readonly anchor: AnchorLink
  readonly log: DaemonLog
}

/** What is accepted for the stdin of living runs; the daemon is the only writer of their input logs. */
export class Inputs {
  readonly #options: InputsOptions
  readonly #logs = new Map<string, InputLog>()

  constructor(options: InputsOptions) {
    this.#options = options
  }

  /** The run's input log, opened on first use. */
  logOf(guard: RunGuard): InputLog {
    const key = `${guard.jobId}.${guard.n}`
    const known = this.#logs.get(key)
    if (known !== undefined) return known
    const log = new InputLog(guard.paths)
    this.#logs.set(key, log)
    return log
  }

  accept(
    guard: RunGuard,
    input: { readonly client: string; readonly seq: number; readonly bytes: Uint8Array },
  ): AcceptedInput {
    const log = this.logOf(guard)
    if (log.isClosed) {
      throw new FettleError('stdin_not_open', `stdin of ${guard.jobId} was closed`, {
        data: { jobId: guard.jobId, run: guard.n },
      })
    }
    const accepted = log.accept(input)
    this.ring(guard)
    return accepted
  }

  /** The answer that a client did not get, where it sends again what a run that has ended since had accepted. */
  acceptedBefore(
    paths: RunPaths,
    input: { readonly client: string; readonly seq: number; readonly bytes: Uint8Array },
  ): AcceptedInput | null {
    if (!existsSync(paths.inputJournal)) return null
    const log = new InputLog(paths)
    try {
      return log.newestSeq(input.client) < input.seq ? null : log.accept(input)
    } finally {
      log.dispose()
    }
  }

  /** stdin gets its end after what was accepted before. */
  async close(guard: RunGuard): Promise<void> {
    this.logOf(guard).close()
    this.ring(guard)
    await this.#options.anchor.closeInput(`${guard.jobId}.${guard.n}`)
  }

  /** Tells the keeper that there is more. One that does not answer looks for itself when it takes over. */
  ring(guard: RunGuard): void {
    guard.link.request({ op: 'input' }).catch((error: unknown) => {
      this.#options.log.info('input is waiting', { jobId: guard.jobId, error })
    })
  }

  ended(jobId: string, run: number): void {
    const key = `${jobId}.${run}`
    this.#logs.get(key)?.dispose()
    this.#logs.delete(key)
  }
}
