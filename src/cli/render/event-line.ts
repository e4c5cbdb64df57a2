import { describeEvent } from '../../core/events/describe-event.ts'
import type { FettleEvent } from '../../core/events/event.ts'
import type { Paint, Tint } from './paint.ts'

/** Local time to the millisecond: what a person compares with other logs. JSON has epoch ms. */
export function localTime(atMs: number): string {
  const at = new Date(atMs)
  const two = (n: number): string => String(n).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  const ms = String(at.getMilliseconds()).padStart(3, '0')
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${ms}`
}

const TINTS: Partial<Record<FettleEvent['kind'], Tint>> = {
  run_started: 'green',
  run_ready: 'green',
  run_lost: 'magenta',
  start_failed: 'red',
  crash_loop: 'red',
  limit_breached: 'red',
  output_dropped: 'yellow',
  disk_full: 'red',
  survivors: 'yellow',
  watch_matched: 'cyan',
  stop_asked: 'yellow',
  keeper_replaced: 'magenta',
  anchor_replaced: 'magenta',
  daemon_replaced: 'magenta',
}

/** One event on one line: number, time, kind, whose, what, actor, and the event that led to it. */
export function eventLine(
  event: FettleEvent,
  options: { paint: Paint; names: ReadonlyMap<string, string> },
): string {
  const { paint, names } = options
  const job =
    event.jobId === null
      ? ''
      : ` ${names.get(event.jobId) ?? event.jobId}${event.run === null ? '' : `.${event.run}`}`
  const cause = event.causeSeq === null ? '' : paint('dim', ` (because of ${event.causeSeq})`)
  const kind = paint(TINTS[event.kind] ?? 'bold', event.kind)
  const what = describeEvent(event)
  return `${paint('dim', `${event.seq} ${localTime(event.atMs)}`)} ${kind}${job}: ${what} ${paint('dim', `by ${event.actor}`)}${cause}`
}
