import { isEnvDumpCommand } from '../../core/redact/env-dump.ts'
import { runDir, runPaths } from '../../store/layout.ts'
import type { StreamName } from '../../store/layout.ts'
import { openOutput, type OutputReader } from '../../store/output/output-reader.ts'
import { bytesBefore } from '../../store/output/render-slice.ts'
import { writeErr } from '../output.ts'
import { chooseRange } from './choose-range.ts'
import { pump } from './follow-run.ts'
import type { OutputSink } from './follow-run.ts'
import { OutputPrinter } from './output-printer.ts'
import type { PrinterOptions } from './output-printer.ts'
import type { ShowLogsOptions } from './show-logs.ts'

export type Look = Pick<PrinterOptions, 'raw' | 'unredacted' | 'keep' | 'envDump' | 'before'>

/** For eyes and pipes. A hole is a line of its own in text, and beside the data where bytes must stay as they are. */
export function createTextSink(look: Look, write: (data: string | Uint8Array) => void): OutputSink {
  const tellGap = look.raw
    ? (text: string): void => writeErr(`fettle: ${text}\n`)
    : (text: string): void => write(`[fettle: ${text}]\n`)
  const printer = new OutputPrinter({ ...look, write, tellGap })
  return {
    bytes: (bytes) => printer.push(bytes),
    gap: (from, to) => printer.gap(to - from),
    idle: () => printer.showUnfinished(),
    end: () => printer.end(),
  }
}

/** One JSON object per piece. `from`, `to` and `next` count bytes as printed, whatever the text looks like. */
export function createJsonSink(look: Look, stream: StreamName, tell: (value: object) => void): OutputSink {
  let text = ''
  let from: number | null = null
  let to = 0
  let droppedBytes = 0
  const printer = new OutputPrinter(printerOptions(look, (part) => (text += part)))
  const flush = (): void => {
    if (from !== null && (text !== '' || droppedBytes > 0)) {
      tell({ stream, from, to, next: to, droppedBytes, text })
      from = null
      text = ''
      droppedBytes = 0
    }
  }
  return {
    bytes(bytes, at) {
      from ??= at
      to = at + bytes.length
      printer.push(bytes)
      flush()
    },
    gap(gapFrom, gapTo) {
      from ??= gapFrom
      to = gapTo
      printer.gap(gapTo - gapFrom)
      droppedBytes += gapTo - gapFrom
      flush()
    },
    idle() {
      printer.showUnfinished()
      flush()
    },
    end() {
      printer.end()
      flush()
    },
  }
}

/** An answer holds at most this much; what follows begins at its `next`. */
const MAX_JSON_BYTES = 8 * 1024 * 1024

/** The shape of the API's answer, read from disk. */
export function showAsJson(options: ShowLogsOptions): number {
  const { cli, job, run } = options
  const stream = options.stream ?? 'out'
  const source = { dir: runPaths(runDir(cli.home, job.id, run)).output, stream }
  using reader = openOutput(source)
  const { from, to, bounded = false } = chooseRange(reader, source, options.wish)
  let text = ''
  let droppedBytes = 0
  const look = lookOf(options, reader, from)
  const printer = new OutputPrinter(printerOptions(look, (part) => (text += part)))
  const end = Math.min(to ?? reader.end, from + MAX_JSON_BYTES)
  const next = pump({
    reader,
    from,
    to: end,
    sink: {
      bytes: (bytes) => printer.push(bytes),
      gap(gapFrom, gapTo) {
        droppedBytes += gapTo - gapFrom
        printer.gap(gapTo - gapFrom)
      },
      idle: () => {},
      end: () => {},
    },
  })
  printer.end()
  const lines = text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  const truncated = bounded || next < (to ?? reader.end)
  cli.data({ id: job.id, run, stream, from, to: next, next, droppedBytes, text, lines, truncated })
  return 0
}

/** How the output of a run is to be shown from an offset on. */
export function lookOf(
  options: Pick<ShowLogsOptions, 'raw' | 'unredacted' | 'keep' | 'job'>,
  reader: OutputReader,
  from: number,
): Look {
  const { raw, unredacted, keep, job } = options
  return {
    raw,
    unredacted,
    keep,
    envDump: isEnvDumpCommand(job.spec.argv),
    before: bytesBefore(reader, from),
  }
}

function printerOptions(look: Look, add: (text: string) => void): PrinterOptions {
  return {
    ...look,
    write: (data) => add(typeof data === 'string' ? data : Buffer.from(data).toString('latin1')),
    tellGap: (gap) => add(`[fettle: ${gap}]\n`),
  }
}
