import type { Outcome } from '../../core/run/outcome.ts'
import type { RunState } from '../../core/run/state.ts'
import type { KeeperStatus, ToldFact } from '../../protocol/keeper.ts'
import { keeperSocket, runDir, runPaths, type Home, type RunPaths } from '../../store/layout.ts'
import { readRun } from '../../store/run-files/job-views.ts'
import { KeeperLink } from '../engine/keeper-link.ts'

export interface RunGuardOptions {
  readonly home: Home
  readonly jobId: string
  readonly n: number
  readonly onState: (state: RunState) => void
  readonly onOutput: () => void
  readonly onFact: (fact: ToldFact) => void
  /** Called once. */
  readonly onOutcome: (outcome: Outcome) => void
  /** It has ended and its keeper has gone. */
  readonly onGone: () => void
  /** No keeper has answered for so long: somebody should see to it. */
  readonly onSilence: (silentMs: number) => void
  readonly onError: (error: unknown) => void
}

/** Follows one run: through its keeper what happens, from disk what is true. */
export class RunGuard {
  readonly paths: RunPaths
  readonly link: KeeperLink
  readonly jobId: string
  readonly n: number
  #state: RunState | null = null
  #status: KeeperStatus | null = null
  #outcome: Outcome | null = null
  readonly #options: RunGuardOptions

  constructor(options: RunGuardOptions) {
    this.#options = options
    this.jobId = options.jobId
    this.n = options.n
    this.paths = runPaths(runDir(options.home, options.jobId, options.n))
    this.link = new KeeperLink({
      path: keeperSocket(options.home, options.jobId, options.n),
      onStatus: (status) => this.#guarded(() => this.#onStatus(status)),
      onOutput: () => this.#guarded(() => options.onOutput()),
      onFact: (fact) => this.#guarded(() => options.onFact(fact)),
      onOutcome: () => this.#guarded(() => this.refresh()),
      isOver: () => {
        this.#guarded(() => this.refresh())
        return this.#outcome !== null
      },
      onGone: () => this.#guarded(() => options.onGone()),
      onSilence: (silentMs) => this.#guarded(() => options.onSilence(silentMs)),
    })
  }

  get state(): RunState | null {
    return this.#state
  }

  get status(): KeeperStatus | null {
    return this.#status
  }

  get outcome(): Outcome | null {
    return this.#outcome
  }

  open(): void {
    this.link.open()
  }

  close(): void {
    this.link.close()
  }

  /** Reads state and outcome again, and tells what is new. */
  refresh(): void {
    if (this.#outcome !== null) return
    const { state, outcome } = readRun(this.#options.home, this.jobId, this.n)
    if (state !== null && state.updatedAtMs !== this.#state?.updatedAtMs) {
      this.#state = state
      this.#options.onState(state)
    }
    if (outcome === null) return
    this.#outcome = outcome
    if (state !== null) this.#state = state
    this.#options.onOutcome(outcome)
  }

  #onStatus(status: KeeperStatus): void {
    const grown = status.out !== this.#status?.out || status.err !== this.#status.err
    this.#status = status
    this.refresh()
    if (grown && this.#outcome === null) this.#options.onOutput()
  }

  /** A fault in what somebody does with the news must not end the connection that brings them. */
  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#options.onError(error)
    }
  }
}
