import { explain } from '../../core/why/explain.ts'
import type { FettleEvent } from '../../core/events/event.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import { openEventsForReading } from '../../store/events/open-events-for-reading.ts'
import type { EventReader } from '../../store/events/open-events-for-reading.ts'
import { findRemarks } from '../disk/find-remarks.ts'
import { findJob } from '../disk/read-jobs.ts'
import { localTime } from '../render/event-line.ts'
import { endSentence } from '../render/job-state.ts'
import { defaultOwner } from '../run/owner.ts'
import { defineVerb } from '../verb.ts'

export const why = defineVerb({
  name: 'why',
  summary: 'Tell why a job is in the state it is in',
  usage: 'SELECTOR',
  details: 'Cause, actor and evidence, then the chain of causes by event number. From disk; needs no daemon.',
  flags: {},
  positionals: { name: 'SELECTOR', min: 1, max: 1 },
  completes: { kind: 'jobs', live: false },
  examples: [{ command: 'fettle why web', does: 'what ended it, who asked for that, and how that is known' }],
  run(cli, args) {
    const job = findJob(cli.home, args.words[0] ?? '', defaultOwner())
    using reader = openEventsForReading(cli.home)
    const events = readStory(reader, job.id)
    const told = explain({ events, jobId: job.id, name: job.name, formatTime: localTime })
    const lines = [...told, ...whatDiskSays(job, events)]
    if (cli.json) cli.data({ id: job.id, name: job.name, state: job.state, lines, events })
    else for (const line of lines) cli.line(line)
    return 0
  },
})

/** The job's own events, and whatever others are causes of them. */
function readStory(reader: EventReader, jobId: string): FettleEvent[] {
  const own: FettleEvent[] = []
  for (let after = 0; ;) {
    const page = reader.read({ afterSeq: after, limit: 1000, jobId })
    own.push(...page.events)
    if (page.next === after) break
    after = page.next
  }
  const known = new Map(own.map((event) => [event.seq, event]))
  for (const event of own) addCauses(reader, event, known)
  return [...known.values()]
}

function addCauses(reader: EventReader, event: FettleEvent, known: Map<number, FettleEvent>): void {
  let { causeSeq } = event
  while (causeSeq !== null && !known.has(causeSeq)) {
    const cause = reader.readOne(causeSeq)
    if (cause === null) return
    known.set(cause.seq, cause)
    causeSeq = cause.causeSeq
  }
}

/** What the run's own files say that no event does yet: events are the daemon's, and it may be away. */
function whatDiskSays(job: JobView, events: readonly FettleEvent[]): string[] {
  const lines: string[] = []
  const run = job.run?.n ?? null
  const hasEnd = events.some((event) => event.run === run && ENDS.has(event.kind))
  if (job.outcome !== null && !hasEnd) {
    lines.push(
      `  from the run's files, no event yet: it ${endSentence(job.outcome)}; evidence: ${job.outcome.evidence}`,
    )
  }
  for (const survivor of job.outcome?.leftovers.survivors ?? []) {
    lines.push(`  left over: ${survivor.pid} ${survivor.command} (${survivor.why})`)
  }
  const remark = findRemarks([job]).get(job.id)
  if (remark !== undefined) lines.push(`  from the kernel, now: ${remark}`)
  if (job.outcome !== null && job.restart.nextStartMs !== null) {
    lines.push(`  the next start is due at ${localTime(job.restart.nextStartMs)}`)
  }
  return lines
}

const ENDS: ReadonlySet<string> = new Set(['run_ended', 'run_lost', 'start_failed'])
