import { setImmediate } from 'node:timers/promises'
import { openArrivalTimes } from './arrival-times.ts'
import { findHead, findTail } from './find-lines.ts'
import { grepLines } from './grep-lines.ts'
import { openOutput, type OutputReader, type OutputSource } from './output-reader.ts'
import { cutMark, droppedMark, renderSlice, type RenderOptions } from './render-slice.ts'

export type LogSelection =
  | { readonly kind: 'range'; readonly from: number }
  /** First or last lines. */
  | { readonly kind: 'head'; readonly lines: number }
  | { readonly kind: 'tail'; readonly lines: number }
  /** What arrived at or after a time (epoch ms); everything when no time is known. */
  | { readonly kind: 'since'; readonly timeMs: number }
  | {
      readonly kind: 'grep'
      readonly matches: (line: string) => boolean
      readonly from: number
      readonly maxLines: number
    }

export interface ViewLogsOptions extends OutputSource, RenderOptions {
  readonly select: LogSelection
  /** Bound on bytes of output shown. */
  readonly maxBytes: number
}

/** Output as text for people and models. Offsets count bytes as they were printed, whatever became of the text. */
export interface LogView {
  readonly from: number
  readonly to: number
  /** Where to go on reading. */
  readonly next: number
  /** Bytes of `from` to `to` that are gone. */
  readonly droppedBytes: number
  readonly text: string
  readonly lines: number
  /** `maxBytes` (or `maxLines`) ended it before the selection was complete; a mark in the text says so. */
  readonly truncated: boolean
}

/** A view of one stream. Long searches let others run in between. */
export async function viewLogs(options: ViewLogsOptions): Promise<LogView> {
  using reader = openOutput(options)
  const { select } = options
  if (select.kind === 'grep') return viewGrep(reader, options, select)
  if (select.kind === 'tail') return viewTail(reader, options, select.lines)
  const from =
    select.kind === 'range' ? select.from : select.kind === 'since' ? offsetSince(options, select.timeMs) : 0
  const head =
    select.kind === 'head'
      ? findHead(reader, { lines: select.lines, maxBytes: options.maxBytes, from })
      : null
  const wanted = head?.offset ?? reader.end
  const to = boundedEnd(reader, { from, to: wanted, maxBytes: options.maxBytes })
  const slice = renderSlice(reader, { ...options, from, to })
  const truncated = to < wanted || (head?.bounded === true && to < reader.end)
  const text = truncated ? onNewLine(slice.text, cutMark(reader.end - slice.to, slice.to)) : slice.text
  return { from, to: slice.to, next: slice.to, ...shown(slice), text, truncated }
}

function viewTail(reader: OutputReader, options: ViewLogsOptions, lines: number): LogView {
  const tail = findTail(reader, { lines, maxBytes: options.maxBytes })
  const slice = renderSlice(reader, { ...options, from: tail.offset, to: reader.end })
  // Lines were asked for: what stands before them is no loss, unless the bound came first.
  const text = tail.bounded ? `${cutMark(tail.offset, 0)}\n${slice.text}` : slice.text
  return { from: tail.offset, to: slice.to, next: slice.to, ...shown(slice), text, truncated: tail.bounded }
}

async function viewGrep(
  reader: OutputReader,
  options: ViewLogsOptions,
  select: Extract<LogSelection, { kind: 'grep' }>,
): Promise<LogView> {
  const parts: string[] = []
  let lines = 0
  let bytes = 0
  let droppedBytes = 0
  let at = select.from
  let truncated = false
  for (const step of grepLines(reader, { ...options, from: select.from, matches: select.matches })) {
    if (step.kind === 'passed') {
      await setImmediate()
    } else if (step.kind === 'gap') {
      droppedBytes += step.to - step.from
      parts.push(droppedMark(step.to - step.from))
    } else {
      if (lines >= select.maxLines || bytes >= options.maxBytes) {
        truncated = true
        break
      }
      lines++
      bytes += step.to - step.from
      parts.push(step.text)
      if (step.cutBytes > 0) parts.push(cutMark(step.cutBytes, step.to - step.cutBytes - 1))
    }
    at = step.to
  }
  if (truncated) parts.push(cutMark(reader.end - at, at))
  else at = Math.max(at, reader.end)
  const text = parts.length === 0 ? '' : `${parts.join('\n')}\n`
  return { from: select.from, to: at, next: at, droppedBytes, text, lines, truncated }
}

function offsetSince(source: OutputSource, timeMs: number): number {
  using times = openArrivalTimes(source)
  return times.offsetSince(timeMs) ?? 0
}

/** Holes cost nothing of the bound. */
function boundedEnd(reader: OutputReader, options: { from: number; to: number; maxBytes: number }): number {
  let at = options.from
  let left = options.maxBytes
  while (at < options.to && left > 0) {
    const piece = reader.pieceAt(at, Math.min(left, options.to - at))
    if (piece === null) break
    at = Math.min(piece.to, options.to)
    if (piece.kind === 'bytes') left -= piece.bytes.length
  }
  return Math.max(at, options.from)
}

function shown(slice: { readonly droppedBytes: number; readonly lines: number }): {
  droppedBytes: number
  lines: number
} {
  return { droppedBytes: slice.droppedBytes, lines: slice.lines }
}

function onNewLine(text: string, mark: string): string {
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${mark}\n`
}
