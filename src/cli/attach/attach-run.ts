import type { FettleClient } from '../../client/client.ts'
import { FettleError } from '../../core/errors.ts'
import type { Outcome } from '../../core/run/outcome.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import type { PtySize } from '../../core/run/spec.ts'
import { runDir, runPaths, type RunPaths } from '../../store/layout.ts'
import { RunScreen } from '../../store/screen/run-screen.ts'
import { openOutput } from '../../store/output/output-reader.ts'
import type { OutputReader } from '../../store/output/output-reader.ts'
import type { Cli } from '../cli.ts'
import { sendInput } from '../input/send-input.ts'
import { followRun } from '../logs/follow-run.ts'
import type { OutputSink } from '../logs/follow-run.ts'
import { createModeTracker } from './mode-tracker.ts'
import { createQueryFilter } from './query-filter.ts'
import { enterRawMode } from './terminal.ts'

export interface AttachOptions {
  readonly cli: Cli
  readonly client: FettleClient
  readonly job: JobView
  readonly run: number
  /** The control byte that ends the attachment. */
  readonly detachByte: number
  /** Keys reach the run from now on. */
  readonly onReady: () => void
}

export type AttachEnd = { readonly kind: 'detached' } | { readonly kind: 'ended'; readonly outcome: Outcome }

/** How much of what was printed is shown again where the screen cannot be drawn. */
const REPLAY_BYTES = 64 * 1024

/** The caller's terminal on a run's terminal until the run ends or the detach key comes. */
export async function attachRun(options: AttachOptions): Promise<AttachEnd> {
  const { cli, job, run, detachByte } = options
  const abort = new AbortController()
  const input = new InputQueue(options)
  const modes = createModeTracker()
  using terminal = enterRawMode({
    onInput(bytes) {
      const at = bytes.indexOf(detachByte)
      input.push(at === -1 ? bytes : bytes.subarray(0, at))
      if (at !== -1) abort.abort()
    },
    onResize: () => input.resize(terminal.size()),
    undo: () => modes.undo(),
  })
  options.onReady()
  // two sizes: a program repaints when its size changes, and it may have this one already
  const { rows, cols } = terminal.size()
  input.resize({ rows, cols: Math.max(1, cols - 1) })
  input.resize({ rows, cols })
  const paths = runPaths(runDir(cli.home, job.id, run))
  const source = { dir: paths.output, stream: 'out' } as const
  using reader = openOutput(source)
  const filter = createQueryFilter()
  const sink: OutputSink = {
    bytes(bytes) {
      const shown = filter.push(bytes)
      modes.see(shown)
      cli.out(shown)
    },
    gap: () => {},
    idle: () => {},
    end: () => {},
  }
  // drawn in the size of this terminal
  await input.drained()
  const drawn = job.spec.pty === null ? null : await drawScreen(paths, job.spec.pty)
  if (drawn !== null) sink.bytes(drawn.bytes, drawn.offset)
  const from = drawn?.offset ?? replayFrom(reader)
  const outcome = await followRun({
    home: cli.home,
    id: job.id,
    run,
    streams: [{ source, from, sink }],
    signal: abort.signal,
  })
  await input.drained()
  if (input.failure !== null) throw input.failure
  return outcome === null ? { kind: 'detached' } : { kind: 'ended', outcome }
}

/**
 * What the run's terminal shows, and how much output it is drawn from. Null in the midst of a sequence, and for a program that
 * writes line after line: its last ones go below what this terminal shows already.
 */
async function drawScreen(
  paths: RunPaths,
  atFirst: PtySize,
): Promise<{ readonly offset: number; readonly bytes: Uint8Array } | null> {
  using screen = await RunScreen.open({ paths, atFirst })
  await screen.advance()
  if (!screen.isAlternate) return null
  const offset = screen.at
  const state = await screen.state()
  return state === null ? null : { offset, bytes: Buffer.from(`${CLEAR}${state}`) }
}

const CLEAR = '\u001b[m\u001b[H\u001b[2J'

/** From the last time the screen was cleared or swapped, as far as that is near; else from a line's start. */
function replayFrom(reader: OutputReader): number {
  const { end } = reader
  const from = Math.max(reader.first, end - REPLAY_BYTES)
  const piece = end > from ? reader.pieceAt(from, end - from) : null
  if (piece?.kind !== 'bytes') return from
  const text = piece.bytes.toString('latin1')
  const cleared = Math.max(
    text.lastIndexOf('\u001b[?1049h'),
    text.lastIndexOf('\u001b[2J'),
    text.lastIndexOf('\u001bc'),
  )
  if (cleared !== -1) return from + cleared
  const lineEnd = text.indexOf('\n')
  return from === 0 || lineEnd === -1 ? from : from + lineEnd + 1
}

/** What was typed, in order: one request at a time, all that came meanwhile in the next one. */
class InputQueue {
  readonly #options: AttachOptions
  readonly #clientId = crypto.randomUUID()
  #seq = 0
  #typed: Uint8Array[] = []
  #sizes: { rows: number; cols: number }[] = []
  #sending: Promise<void> | null = null
  failure: unknown = null

  constructor(options: AttachOptions) {
    this.#options = options
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#typed.push(Uint8Array.from(bytes))
    this.#start()
  }

  resize(size: { rows: number; cols: number }): void {
    this.#sizes.push(size)
    this.#start()
  }

  async drained(): Promise<void> {
    while (this.#sending !== null) await this.#sending
  }

  #start(): void {
    this.#sending ??= this.#send().finally(() => {
      this.#sending = null
    })
  }

  async #send(): Promise<void> {
    const { client, job } = this.#options
    while (this.#typed.length > 0 || this.#sizes.length > 0) {
      const bytes = Buffer.concat(this.#typed)
      const sizes = this.#sizes
      this.#typed = []
      this.#sizes = []
      try {
        for (const body of sizes) await client.call('resizeJob', { params: { job: job.id }, body })
        const sent = await sendInput({
          client,
          job: job.id,
          bytes,
          clientId: this.#clientId,
          firstSeq: this.#seq,
        })
        this.#seq = sent.nextSeq
      } catch (error) {
        // the run may have ended between the key and the request: the follower says how
        if (error instanceof FettleError && GONE.has(error.code)) return
        this.failure = error
        return
      }
    }
  }
}

const GONE: ReadonlySet<string> = new Set(['job_not_running', 'stdin_not_open', 'keeper_unreachable'])
