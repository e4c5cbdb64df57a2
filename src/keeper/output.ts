import { mkdirSync } from 'node:fs'
import type { RunSpec } from '../core/run/spec.ts'
import { monotonicMs, nowMs } from '../platform/clock.ts'
import { Poll } from '../platform/linux/constants.ts'
import type { PollLoop, Source } from '../platform/linux/poll-loop.ts'
import type { Descriptors } from '../protocol/descriptors.ts'
import { FloodPipe } from './flood-pipe.ts'
import { OutputFile, type OutputFacts } from './output-file.ts'
import { OutputPump, type OutputSource } from './output-pump.ts'

/** How long the disk holds a run back before it is tried again, ms. */
const HELD_MS = 250
/** A terminal that nobody has open may be opened again by a process of the run. */
const REOPEN_LOOK_MS = 250
const INDEX_LATER_MS = 20

interface Stream {
  readonly pump: OutputPump
  readonly source: Source
  readonly flood: FloodPipe | null
  ended: boolean
}

/** All of a run's output: its streams, each pumped when the kernel says that there is something. */
export class Output {
  private readonly loop: PollLoop
  private readonly streams: Stream[] = []
  private readonly isTerminal: boolean
  private readonly onMoved: (bytes: number) => void

  constructor(options: {
    loop: PollLoop
    dir: string
    /** Where the home's locks lie. */
    lockDir: string
    spec: RunSpec
    descriptors: Descriptors
    facts: OutputFacts
    onMoved: (bytes: number) => void
  }) {
    this.loop = options.loop
    this.onMoved = options.onMoved
    mkdirSync(options.dir, { recursive: true, mode: 0o700 })
    const { master, ptyRead, ptyWrite, out, err } = options.descriptors
    const waitOnFull = options.spec.limits.diskFull === 'wait'
    const add = (stream: 'out' | 'err', source: OutputSource): void => {
      const maxBytes = options.spec.limits.maxOutputBytes
      const file = new OutputFile({ dir: options.dir, stream, maxBytes, waitOnFull, facts: options.facts })
      const pump = new OutputPump({ file, source, waitOnFull })
      this.addStream({ pump, source, lockDir: options.lockDir })
    }
    this.isTerminal = master !== undefined
    if (master !== undefined && ptyRead !== undefined && ptyWrite !== undefined) {
      add('out', { kind: 'terminal', fd: master, pipeRead: ptyRead, pipeWrite: ptyWrite })
    } else if (out !== undefined) {
      add('out', { kind: 'fifo', fd: out })
    }
    if (err !== undefined) add('err', { kind: 'fifo', fd: err })
  }

  /** End offset of a stream, dropped bytes included. */
  offset(stream: 'out' | 'err'): number {
    return this.streams.find(({ pump }) => pump.file.stream === stream)?.pump.file.offset ?? 0
  }

  get droppedBytes(): number {
    return this.streams.reduce((sum, { pump }) => sum + pump.file.droppedBytes, 0)
  }

  get hasEnded(): boolean {
    return this.streams.every(({ ended }) => ended)
  }

  get isCopying(): boolean {
    return this.streams.some(({ pump }) => pump.isCopying)
  }

  /** Moves what is there now, at most for `budgetMs`: a process left behind may print for ever. */
  drain(budgetMs: number): 'drained' | 'left' {
    const until = monotonicMs() + budgetMs
    let left = false
    for (const stream of this.streams) {
      let result = this.pump(stream)
      while (result === 'more' && monotonicMs() < until) result = this.pump(stream)
      left ||= result === 'held' || result === 'more'
    }
    return left ? 'left' : 'drained'
  }

  /** The run has ended: the last arrival times and a hole at the end are written. */
  flush(): void {
    for (const { pump } of this.streams) pump.file.close()
  }

  /** Gives up the oldest output for the sake of the run's records. */
  makeRoom(): boolean {
    return this.streams.some(({ pump }) => pump.file.makeRoom())
  }

  /** Gives up the oldest output until at most so many bytes are kept, each stream by its share. */
  trim(keepBytes: number): number {
    const files = this.streams.map(({ pump }) => pump.file)
    const kept = (): number => files.reduce((sum, file) => sum + file.keptBytes, 0)
    const share = keepBytes / Math.max(1, kept())
    for (const file of files) file.trim(file.keptBytes * share)
    return kept()
  }

  private addStream(options: { pump: OutputPump; source: OutputSource; lockDir: string }): void {
    const { loop } = this
    const stream: Stream = {
      pump: options.pump,
      flood: options.source.kind === 'fifo' ? new FloodPipe({ loop, lockDir: options.lockDir }) : null,
      ended: false,
      source: { fd: options.source.fd, events: Poll.IN, on: () => this.pump(stream) },
    }
    this.streams.push(stream)
    loop.add(stream.source)
  }

  private pump(stream: Stream): 'dry' | 'more' | 'end' | 'held' {
    const { result, moved } = stream.pump.run()
    if (moved > 0) {
      this.stamp(stream)
      stream.flood?.onMoved(stream.source.fd, moved)
      this.onMoved(moved)
    }
    if (result === 'end') this.onEnd(stream)
    if (result === 'held') this.sleep(stream, HELD_MS)
    return result
  }

  private stamp(stream: Stream): void {
    const later = (): void => {
      stream.pump.file.stamp(nowMs())
    }
    if (stream.pump.file.stamp(nowMs()) === 'pending')
      this.loop.at(later, monotonicMs() + INDEX_LATER_MS, later)
  }

  /** End of a FIFO is final: nobody can open it for writing but through one who has it. */
  private onEnd(stream: Stream): void {
    stream.ended = true
    if (this.isTerminal) this.sleep(stream, REOPEN_LOOK_MS)
    else this.loop.remove(stream.source)
  }

  /** A source that polls as ready and gives nothing must not keep the loop awake. */
  private sleep(stream: Stream, ms: number): void {
    this.loop.remove(stream.source)
    this.loop.at(stream, monotonicMs() + ms, () => {
      stream.ended = false
      this.loop.add(stream.source)
    })
  }
}
