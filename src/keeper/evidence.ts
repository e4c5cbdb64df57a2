import { readFileSync } from 'node:fs'
import type { StartFailure } from '../core/run/outcome.ts'
import type { EndReason, StopIntent } from '../core/run/state.ts'
import type { LeaderEnd } from './leader-end.ts'

interface EndFacts {
  readonly end: LeaderEnd
  readonly intent: StopIntent | null
  readonly failure: StartFailure | null
  /** What of the run both its hands took with them, as a sentence. */
  readonly lost: string | null
}

/** A program that ends because its terminal or its input was taken from it ends neither by itself nor well. */
export function endReason({ end, intent, failure, lost }: EndFacts): EndReason {
  if (failure !== null) return 'start'
  if (intent !== null) return intent.reason
  if (end.source === 'lost' || lost !== null) return 'backend_lost'
  return end.signal === null ? 'exit' : 'signal'
}

/** What is known, and from where. */
export function endEvidence(facts: EndFacts & { readonly oomKillsBefore: number | null }): string {
  const { failure, lost } = facts
  if (failure !== null) return `${failure.message} (stage ${failure.stage}, ${failure.errno})`
  return lost === null ? statusEvidence(facts) : `${statusEvidence(facts)} ${lost}`
}

function statusEvidence(facts: EndFacts & { readonly oomKillsBefore: number | null }): string {
  const { end, intent } = facts
  const how = end.signal === null ? `exit code ${end.code}` : `signal ${end.signal}`
  switch (end.source) {
    case 'lost':
      return end.why ?? 'The first process has ended and nobody could learn its status.'
    case 'pidfd':
      return `The kernel's record behind a pidfd says ${how}.`
    case 'zombie':
      return `The unreaped process says ${how}.`
    case 'waited':
      return `The wait status says ${how}.${intent === null ? oomEvidence(end, facts.oomKillsBefore) : ''}`
  }
}

/** Only a cgroup's own counter could be certain; the machine's counter makes it probable. */
function oomEvidence(end: LeaderEnd, before: number | null): string {
  const now = readOomKills()
  if (end.signal !== 'SIGKILL' || before === null || now === null || now === before) return ''
  return ` Probably out of memory: the kernel's OOM killer acted ${now - before} times during this run.`
}

/** `oom_kill` of /proc/vmstat, null where the kernel does not count. */
export function readOomKills(): number | null {
  const count = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'latin1'))?.[1]
  return count === undefined ? null : Number(count)
}
