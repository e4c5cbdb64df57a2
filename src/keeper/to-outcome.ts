import { OUTCOME_FORMAT, type Leftovers, type Outcome, type StartFailure } from '../core/run/outcome.ts'
import type { RunSpec } from '../core/run/spec.ts'
import type { RunState } from '../core/run/state.ts'
import { bootId, nowMs } from '../platform/clock.ts'
import { readCommandLine, type ProcessStat } from '../platform/linux/processes.ts'
import { endEvidence, endReason } from './evidence.ts'
import type { LeaderEnd } from './leader-end.ts'

export interface OutcomeFacts {
  readonly state: RunState
  readonly spec: RunSpec
  readonly end: LeaderEnd
  readonly failure: StartFailure | null
  readonly oomKillsBefore: number | null
  /** Who lives on. */
  readonly survivors: readonly ProcessStat[]
  /** How many were asked to stop. */
  readonly asked: number
  /** Whether the kernel can say that nothing is left: the run descends from this keeper. */
  readonly isAncestor: boolean
  /** What of the run both its hands took with them, as a sentence. */
  readonly lost: string | null
}

export function toOutcome(facts: OutcomeFacts): Outcome {
  const { state, end, failure } = facts
  return {
    format: OUTCOME_FORMAT,
    hostId: state.hostId,
    bootId: bootId(),
    state: failure !== null ? 'failed_to_start' : end.source === 'lost' ? 'lost' : 'exited',
    code: end.code,
    signal: end.signal,
    coreDumped: end.coreDumped,
    source: failure !== null ? 'waited' : end.source,
    reason: endReason({ end, intent: state.intent, failure, lost: facts.lost }),
    actor: state.intent?.actor ?? 'run',
    evidence: endEvidence({
      end,
      intent: state.intent,
      failure,
      lost: facts.lost,
      oomKillsBefore: facts.oomKillsBefore,
    }),
    startedAtMs: state.startedAtMs,
    endedAtMs: nowMs(),
    cpuMs: end.cpuMs,
    maxRssBytes: end.maxRssBytes,
    failure,
    leftovers: toLeftovers(facts),
  }
}

function toLeftovers({ spec, survivors, asked, isAncestor }: OutcomeFacts): Leftovers {
  const why =
    spec.leftovers === 'stop'
      ? 'did not end after SIGKILL'
      : `left running, as the spec says (${spec.leftovers})`
  return {
    proof: survivors.length > 0 ? 'survivors' : isAncestor ? 'empty' : 'listed',
    stopped: Math.max(0, asked - survivors.length),
    survivors: survivors.map((stat) => ({
      pid: stat.pid,
      startTicks: stat.startTicks,
      command: readCommandLine(stat.pid, stat.command),
      why: stat.state === 'D' ? `${why}; it waits in the kernel` : why,
    })),
  }
}
