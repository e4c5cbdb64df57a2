import type { Job } from '../../core/job/job.ts'
import type { Outcome } from '../../core/run/outcome.ts'
import type { RunState } from '../../core/run/state.ts'
import { isEventKind } from '../../core/events/event.ts'
import { redactArgv } from '../../core/redact/redact-argv.ts'
import { quoteArgv } from '../../core/text/quote-argv.ts'
import type { KeeperFact } from '../../store/run-files/facts.ts'
import type { RemadeFrom } from '../jobs/remake-env.ts'
import type { NewEvent } from './event-hub.ts'

/**
 * The events of a run that follow from its files alone. A daemon that was away makes up what it missed from them:
 * the same keys, the true times, in order. So each is worked out here and nowhere else.
 */
export interface RunRef {
  readonly jobId: string
  readonly run: number
}

export function keyOf(kind: string, { jobId, run }: RunRef, more = ''): string {
  return `${kind}:${jobId}:${run}${more === '' ? '' : `:${more}`}`
}

export function jobCreated(job: Job, actor: string, surface: string | null = null): NewEvent {
  return {
    atMs: job.createdAtMs,
    kind: 'job_created',
    jobId: job.id,
    run: null,
    actor,
    causeSeq: null,
    data: {
      name: job.name,
      owner: job.owner,
      task: job.task,
      command: commandOf(job),
      ...(surface === null ? {} : { surface }),
    },
    key: `job_created:${job.id}`,
  }
}

/** The command for people: redacted first, then bounded. */
export function commandOf(job: Pick<Job, 'spec'>): string {
  const text = quoteArgv(redactArgv(job.spec.argv))
  return text.length > 500 ? `${text.slice(0, 500)}…` : text
}

/** Why a run is begun: by policy and plan (`daemon`), or because somebody asked. */
export interface StartCause {
  readonly causeSeq: number | null
  readonly actor?: string
  readonly surface?: string
  /** Set when the environment had been lost and was made again. */
  readonly envFrom?: RemadeFrom
}

export function runStarting(ref: RunRef, atMs: number, cause: StartCause): NewEvent {
  const { causeSeq, actor = 'daemon', surface, envFrom } = cause
  return {
    atMs,
    kind: 'run_starting',
    ...ref,
    actor,
    causeSeq,
    data: {
      attempt: ref.run,
      ...(surface === undefined ? {} : { surface }),
      ...(envFrom === undefined ? {} : { envFiles: envFrom.files, envMissing: envFrom.missing }),
    },
    key: keyOf('run_starting', ref),
  }
}

/** What a state file proves, in the order in which it happened. */
export function eventsOfState(ref: RunRef, state: RunState): NewEvent[] {
  const events: NewEvent[] = []
  if (state.leader !== null) {
    events.push({
      atMs: state.startedAtMs,
      kind: 'run_started',
      ...ref,
      actor: 'keeper',
      causeSeq: null,
      data: { pid: state.leader.pid, startTicks: state.leader.startTicks },
      key: keyOf('run_started', ref),
    })
  }
  if (state.keeperGeneration > 1) {
    events.push({
      atMs: state.updatedAtMs,
      kind: 'keeper_replaced',
      ...ref,
      actor: 'anchor',
      causeSeq: null,
      data: { newPid: state.keeper?.pid ?? null, generation: state.keeperGeneration },
      key: keyOf('keeper_replaced', ref, String(state.keeperGeneration)),
    })
  }
  const { intent } = state
  if (intent !== null) {
    events.push(
      intent.actor === 'keeper'
        ? {
            atMs: intent.atMs,
            kind: 'limit_breached',
            ...ref,
            actor: 'keeper',
            causeSeq: null,
            data: { limit: intent.reason === 'timed_out' ? 'deadline' : intent.reason },
            key: keyOf('limit_breached', ref),
          }
        : {
            atMs: intent.atMs,
            kind: 'stop_asked',
            ...ref,
            actor: intent.actor,
            causeSeq: null,
            data: { reason: intent.reason, graceMs: intent.graceMs },
            key: keyOf('stop_asked', ref),
          },
    )
  }
  return events
}

/** What an outcome proves. `causeSeq`: the event that led to the end, null when there is none on record. */
export function eventsOfOutcome(ref: RunRef, outcome: Outcome, causeSeq: number | null): NewEvent[] {
  const events: NewEvent[] = [endEvent(ref, outcome, causeSeq)]
  const { survivors } = outcome.leftovers
  if (survivors.length > 0) {
    events.push({
      atMs: outcome.endedAtMs,
      kind: 'survivors',
      ...ref,
      actor: 'keeper',
      causeSeq: null,
      data: { list: survivors },
      key: keyOf('survivors', ref),
    })
  }
  return events
}

export function endKey(ref: RunRef): string {
  return keyOf('run_ended', ref)
}

function endEvent(ref: RunRef, outcome: Outcome, causeSeq: number | null): NewEvent {
  const common = { atMs: outcome.endedAtMs, ...ref, actor: outcome.actor, causeSeq, key: endKey(ref) }
  const { reason, evidence } = outcome
  switch (outcome.state) {
    case 'failed_to_start': {
      const { stage, errno, message } = outcome.failure ?? { stage: null, errno: null, message: evidence }
      return { ...common, kind: 'start_failed', data: { stage, errno, message, reason } }
    }
    case 'lost':
      return { ...common, kind: 'run_lost', data: { reason, evidence } }
    case 'exited': {
      const { code, signal, source, coreDumped, cpuMs, maxRssBytes } = outcome
      return {
        ...common,
        kind: 'run_ended',
        data: { code, signal, source, reason, coreDumped, evidence, cpuMs, maxRssBytes },
      }
    }
  }
}

/** What the files of a run prove before its end. A breach that a fact tells with its figures is not told from the intent as well. */
export function eventsOfFiles(ref: RunRef, state: RunState | null, facts: readonly KeeperFact[]): NewEvent[] {
  const ofFacts = eventsOfFacts(ref, facts)
  const told = new Set(ofFacts.map(({ key }) => key))
  const ofState = state === null ? [] : eventsOfState(ref, state)
  return [...ofState.filter(({ key }) => !told.has(key)), ...ofFacts]
}

/** Events of what a keeper told or kept; of each once, however often it is read. */
export function eventsOfFacts(ref: RunRef, facts: readonly KeeperFact[]): NewEvent[] {
  return facts.flatMap(({ n, atMs, kind, data }) => {
    if (!isEventKind(kind)) return []
    // One event says that there is late output; how much is in the log itself.
    const isOnce = kind === 'late_output' || kind === 'limit_breached'
    const actor = kind === 'signal_sent' && typeof data['actor'] === 'string' ? data['actor'] : 'keeper'
    const key = isOnce ? keyOf(kind, ref) : n < 0 ? null : `${keyOf(kind, ref)}:${n}`
    return [{ atMs, kind, ...ref, actor, causeSeq: null, data, key }]
  })
}
