import { formatCount } from '../../core/parse/count.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import { runDir, runPaths } from '../../store/layout.ts'
import type { StreamName } from '../../store/layout.ts'
import { openOutput } from '../../store/output/output-reader.ts'
import type { OutputReader, OutputSource } from '../../store/output/output-reader.ts'
import type { Cli } from '../cli.ts'
import { writeErr } from '../output.ts'
import { endSentence } from '../render/job-state.ts'
import { chooseRange } from './choose-range.ts'
import type { RangeWish } from './choose-range.ts'
import { followRun, pump } from './follow-run.ts'
import type { OutputSink } from './follow-run.ts'
import { mergeByArrival } from './merge-streams.ts'
import { nextRun } from './next-run.ts'
import type { LineFilter } from './line-filter.ts'
import { createJsonSink, createTextSink, lookOf, showAsJson } from './sinks.ts'
import type { Look } from './sinks.ts'

export interface ShowLogsOptions {
  readonly cli: Cli
  readonly job: JobView
  /** 0: the job has not been started yet. */
  readonly run: number
  readonly wish: RangeWish
  /** The caller said where to begin. */
  readonly chosen: boolean
  readonly follow: boolean
  /** Null: whatever there is. */
  readonly stream: StreamName | null
  readonly raw: boolean
  readonly unredacted: boolean
  readonly keep: LineFilter | null
}

interface ShownStream extends Disposable {
  readonly source: OutputSource
  readonly reader: OutputReader
  readonly from: number
  readonly to: number | null
  readonly sink: OutputSink
}

export async function showLogs(options: ShowLogsOptions): Promise<number> {
  const { cli, job } = options
  if (cli.json && !options.follow) return showAsJson(options)
  let run = options.run
  let wish = options.wish
  for (;;) {
    if (run > 0) await showRun({ ...options, run, wish })
    if (!options.follow) return 0
    const next = await nextRun(cli.home, job.id, run)
    if (next === null) return 0
    cli.say(`run ${next} of ${job.name ?? job.id}`)
    run = next
    wish = { kind: 'all' }
  }
}

async function showRun(options: ShowLogsOptions): Promise<void> {
  const { cli, job, run, follow } = options
  const streams = openStreams(options)
  try {
    if (!follow) {
      showOnce(streams)
      return
    }
    const outcome = await followRun({ home: cli.home, id: job.id, run, streams })
    for (const { sink } of streams) sink.end()
    if (outcome !== null) cli.say(`${job.name ?? job.id} ${endSentence(outcome)}`)
  } finally {
    for (const stream of streams) stream[Symbol.dispose]()
  }
}

function showOnce(streams: readonly ShownStream[]): void {
  const merged = streams.map(({ source, from, to, reader }) => ({ source, from, to: to ?? reader.end }))
  for (const piece of mergeByArrival(merged)) {
    const stream = streams.find(({ source }) => source.stream === piece.stream)
    if (stream !== undefined)
      pump({ reader: stream.reader, from: piece.from, to: piece.to, sink: stream.sink })
  }
  for (const { sink } of streams) sink.end()
}

function openStreams(options: ShowLogsOptions): ShownStream[] {
  const { cli, job, run, wish } = options
  const { output } = runPaths(runDir(cli.home, job.id, run))
  const names: StreamName[] =
    options.stream !== null ? [options.stream] : job.spec.split ? ['out', 'err'] : ['out']
  return names.map((stream) => {
    const source = { dir: output, stream }
    const reader = openOutput(source)
    const { from, to, note } = chooseRange(reader, source, wish)
    if (note !== null) cli.say(note)
    if (!options.chosen && from > 0) {
      cli.say(`${formatCount(from)} bytes of earlier output are not shown; --all shows them`)
    }
    return {
      source,
      reader,
      from,
      to,
      sink: toSink(options, stream, lookOf(options, reader, from)),
      [Symbol.dispose]: () => reader[Symbol.dispose](),
    }
  })
}

function toSink(options: ShowLogsOptions, stream: StreamName, look: Look): OutputSink {
  const { cli } = options
  if (cli.json) return createJsonSink(look, stream, (value) => cli.data(value))
  // as the program did it: what came on its stderr goes to ours, unless it was asked for by name
  const toErr = stream === 'err' && options.stream === null
  return createTextSink(look, (data) => (toErr ? writeErr(data) : cli.out(data)))
}
