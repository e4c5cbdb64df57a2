import { formatCount, formatCounted } from '../parse/count.ts'
import { formatDuration } from '../parse/duration.ts'
import { cutText } from '../watch/watch-state.ts'
import { type EndFacts, describeStatus } from './end-status.ts'
import { fenceUntrusted, toPlain, toPlainLine } from './fence.ts'

/**
 * Texts of events for language models: structured, bounded, with everything a stranger wrote (output, and the
 * results of sub-agents) inside a fence. Give redacted text: what is cut here was redacted before.
 */
export type Notification =
  | CompletionNotice
  | WatchNotice
  | WatchDisabledNotice
  | OverflowTrippedNotice
  | OverflowReleasedNotice
  | DelegationNotice
  | DelegationBatchNotice

export interface JobReference {
  readonly id: string
  readonly name: string | null
  /** Quoted and redacted. */
  readonly command: string
}

export interface CompletionNotice {
  readonly kind: 'completion'
  readonly job: JobReference
  readonly end: EndFacts
  /** The end of its output. */
  readonly output: string
  /** Bytes of output before that, still to be read. */
  readonly earlierBytes: number
  /** Bytes that are gone for good. */
  readonly droppedBytes: number
  readonly survivors: number
  /** Watch lines that were never told. */
  readonly suppressedLines: number
}

export interface WatchNotice {
  readonly kind: 'watch'
  readonly job: JobReference
  readonly pattern: string
  /** Matched lines, bounded already (`clipLines`). */
  readonly text: string
  readonly suppressedLines: number
}

export interface WatchDisabledNotice {
  readonly kind: 'watch_disabled'
  readonly job: JobReference
  readonly pattern: string
  readonly strikes: number
  readonly suppressedLines: number
}

export interface OverflowTrippedNotice {
  readonly kind: 'overflow_tripped'
  readonly matches: number
  readonly windowMs: number
  readonly pauseMs: number
}

export interface OverflowReleasedNotice {
  readonly kind: 'overflow_released'
  readonly suppressed: number
}

export interface DelegationReport {
  readonly id: string
  readonly status: 'completed' | 'failed' | 'cancelled' | 'timed_out'
  readonly goal: string
  readonly context: string
  readonly toolsets: readonly string[]
  readonly role: string | null
  readonly model: string | null
  readonly durationMs: number | null
  readonly result: string
}

export interface DelegationNotice {
  readonly kind: 'delegation'
  readonly report: DelegationReport
}

export interface DelegationBatchNotice {
  readonly kind: 'delegation_batch'
  readonly id: string
  readonly reports: readonly DelegationReport[]
}

export interface RenderOptions {
  readonly nonce: string
  readonly maxOutputChars?: number
  readonly maxReportChars?: number
}

export const MAX_OUTPUT_CHARS = 2_000
export const MAX_REPORT_CHARS = 12_000
const MAX_COMMAND_CHARS = 500
const MAX_NAME_CHARS = 120

export function renderForModel(notice: Notification, options: RenderOptions): string {
  switch (notice.kind) {
    case 'completion':
      return renderCompletion(notice, options)
    case 'watch':
      return renderWatch(notice, options)
    case 'watch_disabled':
      return renderWatchDisabled(notice)
    case 'overflow_tripped':
      return (
        `[IMPORTANT: Watch patterns of all jobs together matched ${formatCount(notice.matches)} times ` +
        `within ${formatDuration(notice.windowMs)}. No match is told for ${formatDuration(notice.pauseMs)}; ` +
        'what is kept back is counted and told at the end.]'
      )
    case 'overflow_released':
      return (
        '[IMPORTANT: Watch matches are told again. ' +
        `${formatCounted(notice.suppressed, 'match was', 'matches were')} kept back meanwhile.]`
      )
    case 'delegation':
      return `[IMPORTANT: A delegation has ended.\n${renderReport(notice.report, options)}\n]`
    case 'delegation_batch':
      return renderBatch(notice, options)
  }
}

function renderCompletion(notice: CompletionNotice, { nonce, maxOutputChars }: RenderOptions): string {
  const { job, earlierBytes, droppedBytes, survivors, suppressedLines } = notice
  const { text, cutChars } = tail(toPlain(notice.output), maxOutputChars ?? MAX_OUTPUT_CHARS)
  const notes = [
    cutChars > 0 || earlierBytes > 0
      ? `Only the end of the output is shown; ${leftOut(earlierBytes, cutChars)} before it: fettle logs ${job.id} --all`
      : '',
    droppedBytes > 0 ? `${formatCounted(droppedBytes, 'byte', 'bytes')} of the oldest output are gone.` : '',
    survivors > 0
      ? `${formatCounted(survivors, 'process', 'processes')} of it live on: fettle why ${job.id}`
      : '',
    suppressedLines > 0
      ? `${formatCounted(suppressedLines, 'matched line was', 'matched lines were')} not told.`
      : '',
  ]
  return joinLines([
    `[IMPORTANT: Background process ${jobLabel(job)} ${toPlainLine(describeStatus(notice.end), 300)}.`,
    commandLine(job),
    ...notes,
    'Output:',
    fenceUntrusted(text, { nonce, label: `output of ${job.id}` }),
    ']',
  ])
}

function leftOut(bytes: number, chars: number): string {
  const parts = [
    bytes > 0 ? formatCounted(bytes, 'byte', 'bytes') : '',
    chars > 0 ? formatCounted(chars, 'character', 'characters') : '',
  ]
  return parts.filter((part) => part !== '').join(' and ')
}

function renderWatch(notice: WatchNotice, { nonce, maxOutputChars }: RenderOptions): string {
  const { job, suppressedLines } = notice
  const { text } = head(toPlain(notice.text), (maxOutputChars ?? MAX_OUTPUT_CHARS) + 100)
  return joinLines([
    `[IMPORTANT: Background process ${jobLabel(job)} matched watch pattern "${toPlainLine(notice.pattern, 200)}".`,
    commandLine(job),
    'Matched output:',
    fenceUntrusted(text, { nonce, label: `matched output of ${job.id}` }),
    suppressedLines > 0
      ? `(${formatCounted(suppressedLines, 'earlier match was', 'earlier matches were')} suppressed by rate limit)`
      : '',
    ']',
  ])
}

function renderWatchDisabled({ job, pattern, strikes, suppressedLines }: WatchDisabledNotice): string {
  return joinLines([
    `[IMPORTANT: Watch patterns of background process ${jobLabel(job)} match too often and are switched off ` +
      `after ${formatCounted(strikes, 'strike', 'strikes')} in a row (last: "${toPlainLine(pattern, 200)}").`,
    commandLine(job),
    `${formatCounted(suppressedLines, 'match was', 'matches were')} suppressed so far. You will be told when the process ends.]`,
  ])
}

function renderBatch({ id, reports }: DelegationBatchNotice, options: RenderOptions): string {
  const each = Math.max(
    500,
    Math.floor((options.maxReportChars ?? MAX_REPORT_CHARS) / Math.max(1, reports.length)),
  )
  const failed = reports.filter((report) => report.status !== 'completed').length
  return joinLines([
    `[IMPORTANT: Delegation batch ${toPlainLine(id, MAX_NAME_CHARS)} has ended: ` +
      `${formatCounted(reports.length, 'report', 'reports')}, ${formatCount(failed)} not completed.`,
    ...reports.map(
      (report, at) =>
        `\nReport ${at + 1} of ${reports.length}\n${renderReport(report, { ...options, maxReportChars: each })}`,
    ),
    ']',
  ])
}

/** Everything needed to use the result without having seen the request. */
function renderReport(report: DelegationReport, { nonce, maxReportChars }: RenderOptions): string {
  const result = head(toPlain(report.result), maxReportChars ?? MAX_REPORT_CHARS)
  const context = head(toPlain(report.context), 1_000)
  return joinLines([
    `Delegation: ${toPlainLine(report.id, MAX_NAME_CHARS)}, ${report.status.replace('_', ' ')}`,
    `Goal: ${toPlainLine(report.goal, 1_000)}`,
    report.role === null ? '' : `Role: ${toPlainLine(report.role, MAX_NAME_CHARS)}`,
    report.model === null ? '' : `Model: ${toPlainLine(report.model, MAX_NAME_CHARS)}`,
    report.toolsets.length === 0 ? '' : `Toolsets: ${toPlainLine(report.toolsets.join(', '), 300)}`,
    report.durationMs === null ? 'Duration: unknown' : `Duration: ${formatDuration(report.durationMs)}`,
    context.text === '' ? '' : `Context:\n${fenceUntrusted(context.text, { nonce, label: 'context' })}`,
    'Result:',
    fenceUntrusted(result.text, { nonce, label: 'result of the delegation' }),
    result.cutChars > 0
      ? `(${formatCounted(result.cutChars, 'character', 'characters')} of the result left out: fettle events --json has all)`
      : '',
  ])
}

function jobLabel(job: JobReference): string {
  return job.name === null ? job.id : `${job.id} ("${toPlainLine(job.name, MAX_NAME_CHARS)}")`
}

function commandLine(job: JobReference): string {
  return `Command: ${toPlainLine(job.command, MAX_COMMAND_CHARS)}`
}

function head(text: string, maxChars: number): { readonly text: string; readonly cutChars: number } {
  const kept = cutText(text, maxChars)
  return { text: kept, cutChars: text.length - kept.length }
}

function tail(text: string, maxChars: number): { readonly text: string; readonly cutChars: number } {
  if (text.length <= maxChars) return { text, cutChars: 0 }
  const from = text.length - maxChars
  const first = text.charCodeAt(from)
  const isLowHalf = first >= 0xdc00 && first <= 0xdfff
  const kept = text.slice(isLowHalf ? from + 1 : from)
  return { text: kept, cutChars: text.length - kept.length }
}

function joinLines(lines: readonly string[]): string {
  return lines.filter((line) => line !== '').join('\n')
}
