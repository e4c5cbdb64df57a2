import {
  describeEnd,
  describeEvent,
  describeLimit,
  describeStartFailure,
  hasLimitValue,
} from '../events/describe-event.ts'
import { numberOf, textOf } from '../events/event-data.ts'
import type { EventKind, FettleEvent } from '../events/event.ts'
import { formatDuration } from '../parse/duration.ts'

/**
 * The story of a job's present state, from its events (and those of the host that are causes of them).
 *
 * The first line names cause, actor and evidence. Under it stands the chain of causes, newest first, each with the
 * number of its event; then what else happened to the run that a reader should know. Nothing is inferred that no
 * event says: a cause that is not there any more is called so.
 */
export interface ExplainInput {
  readonly events: readonly FettleEvent[]
  readonly jobId: string
  readonly name: string | null
  /** How a time is written; core has no calendar. Without it times are told from the end of the story. */
  readonly formatTime?: (atMs: number) => string
}

export function explain(input: ExplainInput): string[] {
  const events = [...input.events].sort((a, b) => a.seq - b.seq)
  const own = events.filter((event) => event.jobId === input.jobId)
  const title = input.name === null ? input.jobId : `"${input.name}" (${input.jobId})`
  const focus = findFocus(own)
  if (focus === null) return [`Nothing is recorded of ${title}.`]
  const bySeq = new Map(events.map((event) => [event.seq, event]))
  const ofRun = own.filter((event) => event.run === focus.run)
  const cause = findCause(focus, ofRun, bySeq)
  const story: Story = { focus, cause, ofRun, own }
  const first = `${title}: ${headline(story)}${alsoOf(story)} [#${focus.seq}]`
  const tell = (event: FettleEvent, lead: string): string => {
    const time = input.formatTime?.(event.atMs) ?? `${formatDuration(focus.atMs - event.atMs)} before`
    return `  ${lead} #${event.seq} ${time}, ${event.actor}: ${describeEvent(event)}`
  }
  const chain = causeChain(focus, cause, bySeq)
  const told = new Set([focus.seq, ...chain.map((link) => link.seq)])
  const lines = chain.map((link) =>
    link.event === null
      ? `  because of #${link.seq}, which is not in the log any more`
      : tell(link.event, 'because of'),
  )
  const others = own.filter(
    (event) =>
      (NOTABLE.has(event.kind) || isOfLeftovers(event) || isOfLostEnv(event)) &&
      !told.has(event.seq) &&
      isNear(event, focus),
  )
  return [first, ...lines, ...others.map((event) => tell(event, 'also'))]
}

interface Story {
  readonly focus: FettleEvent
  /** What led to the focus, null when no event says. */
  readonly cause: FettleEvent | null
  readonly ofRun: readonly FettleEvent[]
  readonly own: readonly FettleEvent[]
}

/** Events that decide what there is to explain: the newest of them is the focus. */
const FOCAL: ReadonlySet<EventKind> = new Set([
  'job_created',
  'run_starting',
  'run_started',
  'run_ready',
  'stop_asked',
  'run_ended',
  'run_lost',
  'start_failed',
  'crash_loop',
])

/** Events worth a line of their own beside the chain. */
const NOTABLE: ReadonlySet<EventKind> = new Set([
  'keeper_replaced',
  'anchor_replaced',
  'output_dropped',
  'disk_full',
  'disk_ok',
  'limit_breached',
  'survivors',
  'late_output',
  'watch_disabled',
  'notification_promoted',
  'owner_changed',
  'job_superseded',
  'restart_planned',
  'corrupt_record',
])

function findFocus(own: readonly FettleEvent[]): FettleEvent | null {
  return own.findLast((event) => FOCAL.has(event.kind) && !isOfLeftovers(event)) ?? own.at(-1) ?? null
}

/** A stop of what an ended run has left, or of the start that was to follow: the state to explain is still the run's end. */
function isOfLeftovers({ kind, data }: FettleEvent): boolean {
  return kind === 'stop_asked' && (numberOf(data, 'leftovers') !== null || data['calledOff'] === true)
}

/** The run was started with less than the ones before it. */
function isOfLostEnv({ kind, data }: FettleEvent): boolean {
  return kind === 'run_starting' && data['envFiles'] !== undefined
}

function isNear(event: FettleEvent, focus: FettleEvent): boolean {
  return event.run === null || event.run === focus.run
}

/**
 * The recorded cause. Where a run was stopped and its end names none (its keeper had died), the stop or limit
 * recorded for the same run is the intent the end was written from.
 */
function findCause(
  focus: FettleEvent,
  ofRun: readonly FettleEvent[],
  bySeq: ReadonlyMap<number, FettleEvent>,
): FettleEvent | null {
  if (focus.causeSeq !== null) return bySeq.get(focus.causeSeq) ?? null
  const reason = textOf(focus.data, 'reason')
  if (focus.kind !== 'run_ended' || reason === 'exit' || reason === 'signal') return null
  const kinds: readonly EventKind[] =
    reason === 'killed' || reason === 'superseded'
      ? ['stop_asked', 'job_superseded']
      : ['limit_breached', 'stop_asked']
  for (const kind of kinds) {
    const found = ofRun.findLast((event) => event.kind === kind && event.seq < focus.seq)
    if (found !== undefined) return found
  }
  return null
}

interface Link {
  readonly seq: number
  readonly event: FettleEvent | null
}

function causeChain(
  focus: FettleEvent,
  cause: FettleEvent | null,
  bySeq: ReadonlyMap<number, FettleEvent>,
): Link[] {
  const chain: Link[] = []
  const seen = new Set([focus.seq])
  let seq = cause?.seq ?? focus.causeSeq
  while (seq !== null && !seen.has(seq)) {
    seen.add(seq)
    const event = bySeq.get(seq) ?? null
    chain.push({ seq, event })
    seq = event?.causeSeq ?? null
  }
  return chain
}

function headline(story: Story): string {
  const { focus, own } = story
  const run = focus.run === null ? 'the run' : `run ${focus.run}`
  switch (focus.kind) {
    case 'run_ended':
      return ended(story, run)
    case 'run_lost':
      return `${run} is lost, ${lostCause(focus)}; actor ${focus.actor}; evidence: ${evidenceOf(focus)}`
    case 'start_failed':
      return `${run} failed to start${describeStartFailure(focus.data)}; actor ${focus.actor}${startEvidence(focus)}`
    case 'crash_loop': {
      const last = own.findLast((event) => event.seq < focus.seq && ENDS.has(event.kind))
      const lastEnd = last === undefined ? '' : `; the last one: ${describeEvent(last)} [#${last.seq}]`
      return `${describeEvent(focus)}, so it is not started again; actor ${focus.actor}${lastEnd}`
    }
    case 'stop_asked':
      return `${run} is being stopped, asked by ${focus.actor}${through(focus)}`
    case 'run_started':
    case 'run_ready':
      return `${run} is running; started by ${starterOf(own, focus)}; evidence: ${pidOf(story.ofRun)}`
    default:
      return `${describeEvent(focus)}; actor ${focus.actor}`
  }
}

/** What was never tried has no system call that failed: its message is all there is. */
function startEvidence({ data }: FettleEvent): string {
  return textOf(data, 'stage') === null ? '' : '; evidence: the error of the system call'
}

const ENDS: ReadonlySet<EventKind> = new Set(['run_ended', 'run_lost', 'start_failed'])

function ended(story: Story, run: string): string {
  const { focus, cause } = story
  const { data } = focus
  const end = describeEnd(data)
  const evidence = `evidence: ${evidenceOf(focus)}`
  switch (textOf(data, 'reason')) {
    case 'exit':
      return `${run} ${end}, by itself: nobody of fettle asked for it; actor the program; ${evidence}`
    case 'signal':
      return `${run} ${end}, sent from outside fettle; actor unknown; ${evidence}`
    case 'killed':
      return `${run} ${end}, stopped by ${cause?.actor ?? focus.actor}${cause === null ? '' : through(cause)}; ${evidence}`
    case 'timed_out':
      return `${run} ${end}, stopped at ${limitOf(story, 'its deadline')}; actor ${focus.actor}; ${evidence}`
    case 'idle':
      return `${run} ${end}, stopped at ${limitOf(story, 'its idle limit')}: no output came; actor ${focus.actor}; ${evidence}`
    case 'memory':
      return `${run} ${end}, stopped at ${limitOf(story, 'its memory limit')}; actor ${focus.actor}; ${evidence}`
    case 'processes':
      return `${run} ${end}, stopped at ${limitOf(story, 'its limit of processes')}; actor ${focus.actor}; ${evidence}`
    case 'oom':
      return `${run} ${end}, out of memory; actor the kernel; ${evidence}`
    case 'superseded': {
      const by = supersededBy(story)
      return `${run} ${end}, replaced by ${by ?? 'a newer start of its name'}; actor ${cause?.actor ?? focus.actor}; ${evidence}`
    }
    case 'backend_lost':
      return `${run} ${end}, after its input or terminal was lost; actor unknown; ${evidence}`
    case 'reboot':
      return `${run} ended with a reboot of the host; actor the host; ${evidence}`
    default:
      return `${run} ${end}; actor ${focus.actor}; ${evidence}`
  }
}

/** Short, on the first line: what happened beside the end that changes how it is to be read. */
function alsoOf({ ofRun }: Story): string {
  const notes: string[] = []
  const dropped = ofRun.filter((event) => event.kind === 'output_dropped')
  const last = dropped.at(-1)
  if (last !== undefined) {
    const bytes = dropped.reduce((sum, event) => sum + (numberOf(event.data, 'bytes') ?? 0), 0)
    notes.push(
      `${describeEvent({ ...last, data: { ...last.data, bytes } })}, by ${last.actor} [#${last.seq}]`,
    )
  }
  const disk = ofRun.findLast((event) => event.kind === 'disk_full' || event.kind === 'disk_ok')
  if (disk?.kind === 'disk_full') notes.push(`${describeEvent(disk)}, seen by ${disk.actor} [#${disk.seq}]`)
  const keeper = ofRun.findLast((event) => event.kind === 'keeper_replaced')
  if (keeper !== undefined) notes.push(`${describeEvent(keeper)}, by ${keeper.actor} [#${keeper.seq}]`)
  return notes.length === 0 ? '' : `; ${notes.join('; ')}`
}

function lostCause(focus: FettleEvent): string {
  const reason = textOf(focus.data, 'reason')
  if (reason === 'reboot') return 'the host was rebooted while it ran'
  if (reason === 'backend_lost') return 'where it ran can no longer be asked'
  return 'how it ended cannot be known'
}

/** A limit may be told twice, from the intent and with its figures: the one with figures is the better evidence. */
function limitOf({ cause, ofRun }: Story, otherwise: string): string {
  const limit = cause === null ? null : textOf(cause.data, 'limit')
  const told = ofRun.findLast(
    ({ kind, data }) =>
      kind === 'limit_breached' && hasLimitValue(data) && (limit === null || data['limit'] === limit),
  )
  const best = told ?? cause
  return best?.kind === 'limit_breached' ? describeLimit(best.data) : otherwise
}

function supersededBy({ own, cause }: Story): string | null {
  const event =
    cause?.kind === 'job_superseded' ? cause : own.findLast(({ kind }) => kind === 'job_superseded')
  return event === undefined ? null : textOf(event.data, 'by')
}

function through(event: FettleEvent): string {
  const surface = textOf(event.data, 'surface')
  return surface === null ? '' : ` through ${surface}`
}

function starterOf(own: readonly FettleEvent[], focus: FettleEvent): string {
  const restart = own.findLast((event) => event.kind === 'restart_planned' && event.seq < focus.seq)
  const starting = own.findLast((event) => event.kind === 'run_starting' && event.run === focus.run)
  // Somebody who did not wait for the planned start.
  if (starting !== undefined && starting.actor !== 'daemon') return `${starting.actor}${through(starting)}`
  if (restart !== undefined && restart.run !== null && focus.run === restart.run + 1)
    return 'its restart policy'
  const created = own.find((event) => event.kind === 'job_created')
  if (focus.run === 1 && created !== undefined) return `${created.actor}${through(created)}`
  return starting?.actor ?? focus.actor
}

function pidOf(ofRun: readonly FettleEvent[]): string {
  const started = ofRun.findLast((event) => event.kind === 'run_started')
  const pid = started === undefined ? null : numberOf(started.data, 'pid')
  return pid === null ? 'the keeper said that it runs' : `pid ${pid}, seen by the keeper`
}

function evidenceOf(focus: FettleEvent): string {
  const evidence = textOf(focus.data, 'evidence')
  if (evidence !== null) return evidence
  switch (textOf(focus.data, 'source')) {
    case 'waited':
      return 'the wait status'
    case 'pidfd':
      return 'the exit status that the kernel keeps for a pidfd'
    case 'zombie':
      return 'the exit status of the zombie'
    default:
      return 'none was recorded'
  }
}
