import { isRecord } from '../errors.ts'

/**
 * The event log says everything that happened, each entry durable before it is told. Kinds are past tense or a
 * state that was reached, the list is closed, and a kind once given out keeps its meaning.
 *
 * What `data` holds for each kind (all keys optional for a reader, since logs outlive versions):
 *   job_created            name, owner, command, surface (what it was asked through: cli, mcp, api)
 *   run_starting           attempt, surface (when somebody asked for it), envFiles, envMissing (when the environment was
 *                          lost: what it is made again from, and names that are not in there)
 *   run_started            pid, startTicks
 *   run_ready              by, tookMs
 *   watch_matched          pattern, lines, suppressed
 *   watch_disabled         pattern, strikes, suppressed
 *   watch_overflow_tripped   matches, windowMs, pauseMs
 *   watch_overflow_released  suppressed
 *   stop_asked             reason, graceMs, selector, surface, leftovers (how many, when only those are stopped),
 *                          calledOff (true, when it was between two runs)
 *   signal_sent            signal, target, sent (to how many), pid
 *   limit_breached         limit, and with it: deadline deadlineMs · deadline_wall deadlineWallMs · idle idleMs · memory memoryBytes, residentBytes ·
 *                          processes processes, found
 *   output_dropped         stream, bytes, why (cap, disk, budget)
 *   disk_full, disk_ok     stream, droppedBytes, freeBytes, floorBytes
 *   keeper_replaced        oldPid, newPid, generation
 *   anchor_replaced        oldPid, newPid
 *   daemon_started         pid, version
 *   daemon_replaced        oldPid, newPid
 *   run_ended              code, signal, source, reason, coreDumped, evidence, cpuMs, maxRssBytes
 *   run_lost               reason, evidence
 *   start_failed           stage, errno, message
 *   restart_planned        delayMs, attempt, why
 *   crash_loop             starts, budget, windowMs
 *   job_superseded         by (job id)
 *   owner_changed          from, to, surface
 *   survivors              list: {pid, startTicks, command, why}
 *   late_output            out (offset up to which output has come), bytes
 *   paused, resumed        why, surface
 *   delegation_started     id, goal
 *   delegation_finished    id, report
 *   delegation_batch_finished  id, reports
 *   notification_promoted  why
 *   corrupt_record         path, why
 */
export const EVENT_KINDS = [
  'job_created',
  'run_starting',
  'run_started',
  'run_ready',
  'watch_matched',
  'watch_disabled',
  'watch_overflow_tripped',
  'watch_overflow_released',
  'stop_asked',
  'signal_sent',
  'limit_breached',
  'output_dropped',
  'disk_full',
  'disk_ok',
  'keeper_replaced',
  'anchor_replaced',
  'daemon_started',
  'daemon_replaced',
  'run_ended',
  'run_lost',
  'start_failed',
  'restart_planned',
  'crash_loop',
  'job_superseded',
  'owner_changed',
  'survivors',
  'late_output',
  'paused',
  'resumed',
  'delegation_started',
  'delegation_finished',
  'delegation_batch_finished',
  'notification_promoted',
  'corrupt_record',
] as const

export type EventKind = (typeof EVENT_KINDS)[number]

export interface FettleEvent {
  /** Position in the log of this host and epoch, from 1, never given out twice. */
  readonly seq: number
  readonly atMs: number
  readonly kind: EventKind
  /** Null for what concerns no single job (daemon, disk, pause). */
  readonly jobId: string | null
  /** Number of the run, null when the event is the job's. */
  readonly run: number | null
  /** Who did it: `owner:NAME`, `keeper`, `anchor`, `daemon`, `kernel`, `unknown`. */
  readonly actor: string
  /** `seq` of the event that led to this one, null when it has no recorded cause. */
  readonly causeSeq: number | null
  readonly data: Readonly<Record<string, unknown>>
}

const KINDS: ReadonlySet<string> = new Set(EVENT_KINDS)

export function isEventKind(value: unknown): value is EventKind {
  return typeof value === 'string' && KINDS.has(value)
}

/** An event that came from outside this process, or null when it is none of ours or of a later version. */
export function parseEvent(value: unknown): FettleEvent | null {
  if (!isRecord(value)) return null
  const { seq, atMs, kind, jobId, run, actor, causeSeq, data } = value
  if (typeof seq !== 'number' || typeof atMs !== 'number' || !isEventKind(kind)) return null
  if (typeof actor !== 'string' || !isRecord(data)) return null
  if (!isNullOrString(jobId) || !isNullOrNumber(run) || !isNullOrNumber(causeSeq)) return null
  return { seq, atMs, kind, jobId, run, actor, causeSeq, data }
}

function isNullOrString(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}

function isNullOrNumber(value: unknown): value is number | null {
  return value === null || typeof value === 'number'
}
