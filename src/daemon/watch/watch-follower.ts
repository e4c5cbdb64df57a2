import type { Job } from '../../core/job/job.ts'
import { isEnvDumpCommand } from '../../core/redact/env-dump.ts'
import { createKeyLines, KEY_MARK, type KeyLines } from '../../core/redact/key-lines.ts'
import { PRIVATE_KEY_MASK } from '../../core/redact/mask.ts'
import { redactText } from '../../core/redact/redact-text.ts'
import { matchLines } from '../../core/watch/pattern.ts'
import { createWatchState, type WatchState } from '../../core/watch/watch-state.ts'
import { nowMs } from '../../platform/clock.ts'
import type { StreamName } from '../../store/layout.ts'
import { openArrivalTimes } from '../../store/output/arrival-times.ts'
import type { EventHub, NewEvent } from '../events/event-hub.ts'
import type { JobTable } from '../jobs/job-table.ts'
import { OutputTail } from '../runs/output-tail.ts'
import type { RunFollower } from '../runs/runs.ts'
import { compilePatterns, type CompiledPatterns } from './compile-patterns.ts'
import { LineFeed } from './line-feed.ts'
import { readSavedWatch, type SavedWatch } from './saved-watch.ts'
import type { WatchBreaker } from './watch-breaker.ts'

export interface WatchFollowerOptions {
  readonly job: Job
  readonly run: number
  readonly outputDir: string
  readonly hub: EventHub
  readonly jobs: JobTable
  readonly breaker: WatchBreaker
  readonly onError: (error: unknown) => void
}

interface WatchedStream {
  readonly name: StreamName
  readonly feed: LineFeed
  readonly tail: OutputTail
  readonly keys: KeyLines
  /** Start of the unfinished line that was told already. */
  toldPartial: number | null
}

/** A prompt has no line end: the last line counts after this long without output, once. */
const SILENCE_MS = 300
/** How much is looked through again at most, when a daemon dies while nothing matches. */
const SAVE_EACH_BYTES = 64 * 1024 * 1024

/**
 * Looks for a job's patterns in what a run prints, from where an earlier daemon had got to. A match and the cursor
 * that passed it are written together: none is missed and none told twice.
 */
export class WatchFollower implements RunFollower {
  readonly #options: WatchFollowerOptions
  readonly #patterns: CompiledPatterns
  readonly #streams: WatchedStream[]
  readonly #isEnvDump: boolean
  /** The marks of private keys are looked for too: lines between them are not told. */
  readonly #needles: readonly Buffer[] | null
  #watch: WatchState
  #timer: ReturnType<typeof setTimeout> | null = null
  #savedAt = 0

  constructor(options: WatchFollowerOptions) {
    this.#options = options
    const { spec } = options.job
    this.#patterns = compilePatterns(spec.watch.patterns)
    this.#isEnvDump = isEnvDumpCommand(spec.argv)
    const limits = { cooldownMs: spec.watch.cooldownMs, strikes: spec.watch.strikes }
    this.#watch = createWatchState(limits)
    const { needles } = this.#patterns
    this.#needles = needles === null ? null : [...needles, Buffer.from(KEY_MARK)]
    const names: StreamName[] = spec.split ? ['out', 'err'] : ['out']
    this.#streams = names.map((name) => this.#openStream(name))
  }

  onStarted(): void {}

  onOutput(): void {
    if (this.#watch.disabled) return
    for (const { tail } of this.#streams) tail.ring()
    this.#waitForSilence()
  }

  /** What was printed before the end counts, an unfinished last line too; what comes after does not. */
  async finish(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    if (!this.#watch.disabled) {
      for (const stream of this.#streams) {
        await stream.tail.drain()
        this.#lookAtPartial(stream)
        stream.tail.close()
      }
    }
    this.#save([])
  }

  #openStream(name: StreamName): WatchedStream {
    const { job, run, hub, outputDir, onError } = this.#options
    const cursor = hub.store.watchCursors.read({ jobId: job.id, run, stream: name })
    const saved = cursor === null ? null : readSavedWatch(cursor.state, this.#watch)
    if (name === 'out' && saved !== null) this.#watch = saved.watch
    const from = cursor?.offset ?? 0
    const feed = new LineFeed({ from, needles: this.#needles })
    const tail = new OutputTail(
      { dir: outputDir, stream: name },
      {
        from,
        onBytes: (bytes, at) => this.#look(stream, feed.push(bytes, at)),
        onGap: (_from, to) => this.#look(stream, feed.gap(to)),
      },
      onError,
    )
    const stream: WatchedStream = {
      name,
      feed,
      tail,
      keys: createKeyLines(),
      toldPartial: saved?.toldPartial ?? null,
    }
    if (stream.toldPartial !== null) feed.omitUnfinished()
    return stream
  }

  #look(
    stream: WatchedStream,
    batch: { readonly lines: readonly string[]; readonly to: number } | null,
  ): void {
    if (this.#watch.disabled) return
    const unsaved = this.#streams.reduce((sum, { feed }) => sum + feed.lineStart, 0) - this.#savedAt
    if (stream.toldPartial !== null && stream.feed.lineStart > stream.toldPartial) stream.toldPartial = null
    if (batch !== null) this.#match(stream, batch.lines, batch.to)
    if (unsaved > SAVE_EACH_BYTES) this.#save([])
  }

  #waitForSilence(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      for (const stream of this.#streams) this.#lookAtPartial(stream)
    }, SILENCE_MS)
  }

  #lookAtPartial(stream: WatchedStream): void {
    const { feed } = stream
    const text = feed.pending()
    if (text === null || this.#watch.disabled || stream.toldPartial === feed.lineStart) return
    if (matchLines(this.#patterns.matchers, [text]) === null) return
    stream.toldPartial = feed.lineStart
    feed.omitUnfinished()
    this.#match(stream, [text], feed.to)
  }

  #match(stream: WatchedStream, lines: readonly string[], to: number): void {
    const ofKey = new Set(lines.filter((line) => stream.keys.isOfKey(line)))
    const found = matchLines(this.#patterns.matchers, lines)
    if (found === null) return
    const { job, run, hub, breaker, jobs } = this.#options
    const atMs = this.#timeOf(stream.name, to)
    const { maxLines } = this.#watch.limits
    // Secrets go before anything is cut; lines beyond those that are told are counted only.
    const told = found.lines.map((line, i) => {
      if (i >= maxLines) return ''
      return ofKey.has(line) ? PRIVATE_KEY_MASK : redactText(line, { envDump: this.#isEnvDump })
    })
    const match = { atMs, pattern: found.pattern, lines: told }
    const owner = jobs.get(job.id)?.job.owner ?? job.owner
    const { admission, events } = breaker.admit(this.#watch, match, owner)
    this.#watch = admission.state
    const common = { atMs, jobId: job.id, run, actor: 'daemon', causeSeq: null }
    const key = (kind: string): string => `${kind}:${job.id}:${run}:${stream.name}:${to}`
    if (admission.kind === 'delivered') {
      const { pattern, text, suppressedLines, matchedLines, truncated } = admission.delivery
      const data = { pattern, lines: text.split('\n'), matchedLines, truncated, suppressed: suppressedLines }
      this.#save([...events, { ...common, kind: 'watch_matched', data, key: key('watch_matched') }])
      return
    }
    if (admission.kind === 'disabled') {
      const { strikes, suppressedLines } = admission.state
      const data = { pattern: found.pattern, strikes, suppressed: suppressedLines }
      this.#save([
        ...events,
        { ...common, kind: 'watch_disabled', data, key: `watch_disabled:${job.id}:${run}` },
        {
          ...common,
          kind: 'notification_promoted',
          data: { why: `its watch patterns were switched off after ${strikes} strikes` },
          key: `notification_promoted:${job.id}:${run}`,
        },
      ])
      const now = jobs.get(job.id)?.job
      if (now !== undefined) jobs.save({ ...now, notify: { onExit: true, watchDisabled: true } })
      return
    }
    if (events.length > 0) hub.record(...events)
  }

  #save(events: readonly NewEvent[]): void {
    const { job, run, hub } = this.#options
    const { limits: _limits, ...watch } = this.#watch
    hub.recordWith(events, () => {
      for (const { name, feed, toldPartial } of this.#streams) {
        const state: SavedWatch = { format: 1, watch, toldPartial }
        const offset = toldPartial === null ? feed.lineStart : Math.min(toldPartial, feed.lineStart)
        hub.store.watchCursors.write({ jobId: job.id, run, stream: name, offset, state: { ...state } })
      }
    })
    this.#savedAt = this.#streams.reduce((sum, { feed }) => sum + feed.lineStart, 0)
  }

  /** When it was printed: after an absence that is not now. */
  #timeOf(stream: StreamName, offset: number): number {
    using times = openArrivalTimes({ dir: this.#options.outputDir, stream })
    return times.timeAt(Math.max(0, offset - 1)) ?? nowMs()
  }
}

/** Whether there is anything to look for. */
export function wantsWatch(job: Job): boolean {
  return job.spec.watch.patterns.length > 0 && !job.notify.watchDisabled
}
