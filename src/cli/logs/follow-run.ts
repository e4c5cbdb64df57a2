import { redactOutcome } from '../../core/redact/redact-outcome.ts'
import { RunBell } from '../follow/run-bell.ts'
import { keeperSocket, runDir, runPaths } from '../../store/layout.ts'
import type { Home } from '../../store/layout.ts'
import { openOutput } from '../../store/output/output-reader.ts'
import type { OutputReader, OutputSource } from '../../store/output/output-reader.ts'
import { readOutcome } from '../../store/run-files/outcome.ts'
import type { Outcome } from '../../core/run/outcome.ts'

/** Where what is read goes. */
export interface OutputSink {
  bytes(bytes: Uint8Array, from: number): void
  gap(from: number, to: number): void
  /** Nothing new came for a moment: what is held back may be shown. */
  idle(): void
  /** Nothing more comes. */
  end(): void
}

export interface FollowedStream {
  readonly source: OutputSource
  readonly from: number
  readonly sink: OutputSink
}

export interface FollowRunOptions {
  readonly home: Pick<Home, 'state' | 'runtime'>
  readonly id: string
  readonly run: number
  readonly streams: readonly FollowedStream[]
  /** Ends the following early. */
  readonly signal?: AbortSignal
}

const PIECE_BYTES = 1024 * 1024

/**
 * Gives everything from the given offsets on to the sinks until the run has ended and all of it was given; answers the
 * outcome, or null when the signal ended it. Needs no daemon.
 */
export async function followRun(options: FollowRunOptions): Promise<Outcome | null> {
  const { home, id, run, signal } = options
  const { outcome: outcomePath } = runPaths(runDir(home, id, run))
  const streams = options.streams.map((stream) => new StreamFollower(stream))
  using bell = new RunBell(keeperSocket(home, id, run))
  const stop = (): void => bell.ring()
  signal?.addEventListener('abort', stop)
  try {
    for (;;) {
      // asked before reading: what came before the outcome is then read below
      const outcome = readOutcome(outcomePath)
      const news = streams.map((stream) => stream.drain()).includes(true)
      if (outcome !== null) return redactOutcome(outcome)
      if (signal?.aborted === true) return null
      if (!news) for (const stream of options.streams) stream.sink.idle()
      await bell.wait()
    }
  } finally {
    signal?.removeEventListener('abort', stop)
    for (const stream of streams) stream[Symbol.dispose]()
  }
}

class StreamFollower implements Disposable {
  readonly #reader: OutputReader
  readonly #sink: OutputSink
  #at: number

  constructor(stream: FollowedStream) {
    this.#reader = openOutput(stream.source)
    this.#sink = stream.sink
    this.#at = stream.from
  }

  /** Whether there was anything. */
  drain(): boolean {
    const before = this.#at
    this.#reader.refresh()
    this.#at = pump({ reader: this.#reader, from: this.#at, to: null, sink: this.#sink })
    return this.#at !== before
  }

  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]()
  }
}

/** Gives what is there now from one offset to another to a sink; answers how far it came. */
export function pump(options: {
  reader: OutputReader
  from: number
  to: number | null
  sink: OutputSink
}): number {
  const { reader, sink } = options
  const limit = options.to ?? Number.MAX_SAFE_INTEGER
  let at = options.from
  while (at < limit) {
    const piece = reader.pieceAt(at, Math.min(PIECE_BYTES, limit - at))
    if (piece === null) break
    if (piece.kind === 'gap') sink.gap(piece.from, piece.to)
    else sink.bytes(piece.bytes, piece.from)
    at = piece.to
  }
  return at
}
