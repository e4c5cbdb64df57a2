import type { Job } from '../../core/job/job.ts'
import type { Readiness } from '../../core/run/spec.ts'
import { matchLines } from '../../core/watch/pattern.ts'
import type { StreamName } from '../../store/layout.ts'
import { OutputTail } from '../runs/output-tail.ts'
import type { RunFollower } from '../runs/runs.ts'
import { compilePatterns } from '../watch/compile-patterns.ts'
import { LineFeed } from '../watch/line-feed.ts'
import { probe, type ProbeContext } from './probe.ts'

export interface ReadinessFollowerOptions {
  readonly job: Job
  readonly readiness: Readiness
  readonly outputDir: string
  readonly cwd: string
  readonly run: ProbeContext['run']
  /** Sockets that listened on the checked port before the run began, null when that is not known. */
  readonly before: ReadonlySet<number> | null
  /** By what it was told. */
  readonly onReady: (by: string) => void
  readonly onFailed: (why: string) => void
  readonly onError: (error: unknown) => void
}

/** Finds out when a run is ready, once, or that it will not be within its time. */
export class ReadinessFollower implements RunFollower {
  readonly #options: ReadinessFollowerOptions
  readonly #stop = new AbortController()
  readonly #tails: readonly OutputTail[]
  #done = false
  /** Why an answer was none, for the failure. */
  #stale = ''

  constructor(options: ReadinessFollowerOptions) {
    this.#options = options
    this.#tails = options.readiness.kind === 'output' ? this.#openTails(options.readiness.pattern) : []
  }

  onStarted(): void {
    const { readiness } = this.#options
    const timer = setTimeout(
      () => this.#fail(`not within ${readiness.timeoutMs / 1000} s${this.#stale}`),
      Math.min(readiness.timeoutMs, 2 ** 31 - 1),
    )
    this.#stop.signal.addEventListener('abort', () => clearTimeout(timer))
    for (const tail of this.#tails) tail.ring()
    if (readiness.kind !== 'output') void this.#probe(readiness)
  }

  onOutput(): void {
    if (!this.#done) for (const tail of this.#tails) tail.ring()
  }

  async finish(): Promise<void> {
    if (!this.#done) for (const tail of this.#tails) await tail.drain()
    if (!this.#done) this.#fail('the run ended before')
  }

  async #probe(readiness: Exclude<Readiness, { kind: 'output' }>): Promise<void> {
    const { cwd, run, before, onError } = this.#options
    const onStale = (port: number): void => {
      this.#stale = `: port ${port} answers, but by a socket that listened there before this run began`
    }
    try {
      await probe(readiness, { cwd, run, before, onStale, signal: this.#stop.signal })
      this.#succeed(readiness.kind)
    } catch (error) {
      if (!this.#stop.signal.aborted) onError(error)
    }
  }

  #openTails(pattern: string): OutputTail[] {
    const { job, outputDir, onError } = this.#options
    const { matchers, needles } = compilePatterns([pattern])
    const streams: StreamName[] = job.spec.split ? ['out', 'err'] : ['out']
    return streams.map((stream) => {
      const feed = new LineFeed({ from: 0, needles })
      const look = (lines: readonly string[]): void => {
        if (matchLines(matchers, lines) !== null) this.#succeed(`output ${pattern}`)
      }
      return new OutputTail(
        { dir: outputDir, stream },
        {
          from: 0,
          onBytes: (bytes, at) => {
            if (this.#done) return
            look(feed.push(bytes, at)?.lines ?? [])
            // A prompt says that a program is ready, and has no line end.
            const pending = feed.pending()
            if (pending !== null) look([pending])
          },
          onGap: (_from, to) => look(feed.gap(to)?.lines ?? []),
        },
        onError,
      )
    })
  }

  #succeed(by: string): void {
    if (this.#end()) this.#options.onReady(by)
  }

  #fail(why: string): void {
    if (this.#end()) this.#options.onFailed(why)
  }

  #end(): boolean {
    if (this.#done) return false
    this.#done = true
    this.#stop.abort(new Error('readiness is decided'))
    for (const tail of this.#tails) tail.close()
    return true
  }
}
