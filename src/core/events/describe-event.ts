import { isRecord } from '../errors.ts'
import { formatCount, formatCounted } from '../parse/count.ts'
import { formatDuration } from '../parse/duration.ts'
import { formatSize } from '../parse/size.ts'
import { type EventData, listOf, numberOf, textOf } from './event-data.ts'
import type { EventKind, FettleEvent } from './event.ts'

/** One line for a person: what happened, with its figures, without job, time and actor. */
export function describeEvent(event: Pick<FettleEvent, 'kind' | 'data' | 'run'>): string {
  return DESCRIBE[event.kind](event.data, event.run)
}

type Describe = (data: EventData, run: number | null) => string

const DESCRIBE: { readonly [K in EventKind]: Describe } = {
  job_created: (data) => `job created${part(': ', textOf(data, 'command'))}`,
  run_starting: (data, run) => {
    const files = listOf(data, 'envFiles')
    const missing = listOf(data, 'envMissing')
    if (files.length === 0) return `${runName(run)} is starting`
    return (
      `${runName(run)} is starting; its environment was lost and is made again from ${files.join(', ')}` +
      part(', without ', missing.join(', '))
    )
  },
  run_started: (data, run) => `${runName(run)} started${part(' as pid ', numberOf(data, 'pid'))}`,
  run_ready: (data, run) =>
    `${runName(run)} is ready${part(', by ', textOf(data, 'by'))}${part(' after ', duration(data, 'tookMs'))}`,
  watch_matched: (data) =>
    `watch pattern ${quoted(data, 'pattern')} matched${part(', ', counted(data, 'suppressed', 'line', 'lines'), ' before not told')}`,
  watch_disabled: (data) =>
    `watch switched off after ${part('', counted(data, 'strikes', 'strike', 'strikes')) || 'its strikes'}, ` +
    `${part('', counted(data, 'suppressed', 'line', 'lines'), ' not told') || 'matches were too many'}`,
  watch_overflow_tripped: (data) =>
    `too many watch matches over all jobs${part(' (', count(data, 'matches'), ` in ${duration(data, 'windowMs') ?? 'a short time'})`)}; ` +
    `none are told for ${duration(data, 'pauseMs') ?? 'a while'}`,
  watch_overflow_released: (data) =>
    `watch matches are told again; ${counted(data, 'suppressed', 'match was', 'matches were') ?? 'some were'} not told`,
  stop_asked: (data, run) =>
    data['calledOff'] === true
      ? `the start after ${runName(run)} was called off${part(' through ', textOf(data, 'surface'))}`
      : `stop of ${part('', counted(data, 'leftovers', 'process', 'processes'), ' left by ')}${runName(run)} asked${part(' through ', textOf(data, 'surface'))}${part(', reason ', textOf(data, 'reason'))}` +
        part(', grace ', duration(data, 'graceMs')),
  signal_sent: (data, run) =>
    `${textOf(data, 'signal') ?? 'a signal'} ${numberOf(data, 'sent') === 0 ? 'could not be sent' : 'sent'} to ` +
    `${textOf(data, 'target') === 'all' ? 'all processes' : 'the leader'} of ${runName(run)}` +
    part(' (pid ', numberOf(data, 'pid'), ')'),
  limit_breached: (data, run) => `${runName(run)} reached ${describeLimit(data)}`,
  output_dropped: (data) =>
    `${counted(data, 'bytes', 'byte', 'bytes') ?? 'an unknown number of bytes'} of ${textOf(data, 'why') === 'disk' ? '' : 'the oldest '}output dropped` +
    part(': ', dropReason(data)),
  disk_full: (data) =>
    `the disk is full or at its floor of free space${part(': ', size(data, 'freeBytes'), ' free')}` +
    part(', floor ', size(data, 'floorBytes')),
  disk_ok: (data) =>
    `there is disk space again${part(': ', size(data, 'freeBytes'), ' free')}` +
    part(', ', counted(data, 'droppedBytes', 'byte', 'bytes'), ' of output dropped meanwhile'),
  keeper_replaced: (data, run) =>
    `the keeper of ${runName(run)} died${part(' (pid ', numberOf(data, 'oldPid'), ')')} and was replaced` +
    `${part(' by pid ', numberOf(data, 'newPid'))}${part(', generation ', numberOf(data, 'generation'))}`,
  anchor_replaced: (data) => `the anchor died and was replaced${part(' by pid ', numberOf(data, 'newPid'))}`,
  daemon_started: (data) =>
    `the daemon started${part(' as pid ', numberOf(data, 'pid'))}${part(', version ', textOf(data, 'version'))}`,
  daemon_replaced: (data) => `the daemon died and was replaced${part(' by pid ', numberOf(data, 'newPid'))}`,
  run_ended: (data, run) => `${runName(run)} ${describeEnd(data)}`,
  run_lost: (data, run) =>
    `${runName(run)} is lost${part(' (', textOf(data, 'reason'), ')')}: how it ended cannot be known${part('; ', textOf(data, 'evidence'))}`,
  start_failed: (data, run) => `${runName(run)} failed to start${describeStartFailure(data)}`,
  restart_planned: (data) =>
    `next start planned in ${duration(data, 'delayMs') ?? 'a while'}${part(', attempt ', numberOf(data, 'attempt'))}` +
    part(', since ', textOf(data, 'why')),
  crash_loop: (data) =>
    `crash loop: ${counted(data, 'starts', 'start', 'starts') ?? 'too many starts'} within ${duration(data, 'windowMs') ?? 'the window'}, ` +
    `budget ${count(data, 'budget') ?? 'reached'}`,
  job_superseded: (data) => `job superseded${part(' by ', textOf(data, 'by'))}`,
  owner_changed: (data) =>
    `owner changed${part(' from ', textOf(data, 'from'))}${part(' to ', textOf(data, 'to'))}`,
  survivors: (data) => describeSurvivors(data),
  late_output: (data) =>
    `${counted(data, 'bytes', 'byte', 'bytes') ?? 'some bytes'} of output came after the leader had ended`,
  paused: (data) => `starts and restarts are held${part(': ', textOf(data, 'why'))}`,
  resumed: () => 'starts and restarts go on',
  delegation_started: (data) => `delegation started${part(': ', textOf(data, 'goal'))}`,
  delegation_finished: (data) => `delegation finished${part(': ', textOf(data, 'id'))}`,
  delegation_batch_finished: (data) =>
    `delegation batch finished${part(', ', listOf(data, 'reports').length || null, ' reports')}`,
  notification_promoted: (data) => `the end will be told${part(', since ', textOf(data, 'why'))}`,
  corrupt_record: (data) =>
    `a record could not be read and was set aside${part(': ', textOf(data, 'path'))}${part(', ', textOf(data, 'why'))}`,
}

/** `exited with code 1`, `was ended by SIGKILL`. */
export function describeEnd(data: EventData): string {
  const signal = textOf(data, 'signal')
  if (signal !== null) return `was ended by ${signal}${data['coreDumped'] === true ? ' (core dumped)' : ''}`
  const code = numberOf(data, 'code')
  return code === null ? 'ended, its status is not known' : `exited with code ${code}`
}

export function describeLimit(data: EventData): string {
  const limit = textOf(data, 'limit')
  const spec = limit !== null && Object.hasOwn(LIMITS, limit) ? LIMITS[limit] : undefined
  if (spec === undefined) return limit === null ? 'a limit' : `its limit "${limit}"`
  const value = numberOf(data, spec.value)
  const measured = numberOf(data, spec.measured)
  return `${spec.name}${part(' of ', value && spec.format(value))}${part(' (measured ', measured && spec.format(measured), ')')}`
}

/** The figure of the limit itself is there. */
export function hasLimitValue(data: EventData): boolean {
  const limit = textOf(data, 'limit')
  const spec = limit !== null && Object.hasOwn(LIMITS, limit) ? LIMITS[limit] : undefined
  return spec !== undefined && numberOf(data, spec.value) !== null
}

interface LimitWords {
  readonly name: string
  readonly value: string
  readonly measured: string
  readonly format: (value: number) => string
}

const LIMITS: Readonly<Record<string, LimitWords>> = {
  deadline: { name: 'its deadline', value: 'deadlineMs', measured: 'measuredMs', format: formatDuration },
  deadline_wall: {
    name: 'its deadline by the wall clock',
    value: 'deadlineWallMs',
    measured: 'measuredMs',
    format: formatDuration,
  },
  idle: { name: 'its idle limit', value: 'idleMs', measured: 'measuredMs', format: formatDuration },
  memory: { name: 'its memory limit', value: 'memoryBytes', measured: 'residentBytes', format: formatSize },
  processes: { name: 'its limit of processes', value: 'processes', measured: 'found', format: formatCount },
}

/** What follows "failed to start". Without a stage it was not tried at all, and the message says why. */
export function describeStartFailure(data: EventData): string {
  const message = textOf(data, 'message')
  if (textOf(data, 'stage') === null && message !== null) return `: ${message}`
  return ` at stage ${textOf(data, 'stage') ?? 'unknown'} with ${textOf(data, 'errno') ?? 'an unknown error'}${part(': ', message)}`
}

export function describeSurvivors(data: EventData): string {
  const list = listOf(data, 'list').filter(isRecord)
  const named = list.slice(0, 5).map((entry) => {
    const why = textOf(entry, 'why')
    return (
      `${numberOf(entry, 'pid') ?? 'pid unknown'} ${textOf(entry, 'command') ?? ''}`.trim() +
      part(' (', why, ')')
    )
  })
  const rest = list.length > named.length ? ` and ${list.length - named.length} more` : ''
  return `${formatCounted(list.length, 'process is', 'processes are')} still there: ${named.join(', ')}${rest}`
}

function dropReason(data: EventData): string | null {
  const why = textOf(data, 'why')
  if (why === 'cap') return 'the output cap was reached'
  if (why === 'budget') return 'the budget of output of its owner or of the host was reached'
  if (why === 'disk') return 'the floor of free disk space was reached'
  return why
}

function part(before: string, value: string | number | null, after = ''): string {
  return value === null || value === '' ? '' : `${before}${value}${after}`
}

function runName(run: number | null): string {
  return run === null ? 'the run' : `run ${run}`
}

function quoted(data: EventData, key: string): string {
  return `"${textOf(data, key) ?? 'unknown'}"`
}

function duration(data: EventData, key: string): string | null {
  const value = numberOf(data, key)
  return value === null ? null : formatDuration(value)
}

function size(data: EventData, key: string): string | null {
  const value = numberOf(data, key)
  return value === null ? null : formatSize(value)
}

function count(data: EventData, key: string): string | null {
  const value = numberOf(data, key)
  return value === null ? null : formatCount(value)
}

/** Nothing for 0: "0 lines not told" is no news. */
function counted(data: EventData, key: string, one: string, many: string): string | null {
  const value = numberOf(data, key)
  return value === null || value === 0 ? null : formatCounted(value, one, many)
}
