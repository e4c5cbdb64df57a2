import type { Outcome } from '../../core/run/outcome.ts'
import { formatDuration } from '../../core/parse/duration.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import type { Tint } from './paint.ts'

/** A job's state in a few words, as the table of `ps` has it. */
export function stateText(job: JobView, nowMs: number): string {
  if (job.outcome === null) return liveText(job, nowMs)
  const parts = [endText(job.outcome)]
  if (job.restart.crashLoop) parts.unshift('crash loop')
  const left = job.outcome.leftovers.survivors.length
  if (left > 0) parts.push(`${left} left over`)
  const { nextStartMs } = job.restart
  if (nextStartMs !== null) parts.push(`again in ${formatDuration(Math.max(0, nextStartMs - nowMs))}`)
  return parts.join(', ')
}

function liveText(job: JobView, nowMs: number): string {
  if (job.state === 'pending') {
    if (job.restart.crashLoop) return 'crash loop'
    const nextMs = job.restart.nextStartMs
    return nextMs === null ? 'pending' : `starts in ${formatDuration(Math.max(0, nextMs - nowMs))}`
  }
  const n = job.run?.n ?? 1
  return n > 1 ? `${job.state} #${n}` : job.state
}

function endText(outcome: Outcome): string {
  switch (outcome.state) {
    case 'failed_to_start':
      return `failed to start (${outcome.failure?.stage ?? 'unknown'})`
    case 'lost':
      return 'lost'
    case 'exited': {
      const status = outcome.signal ?? `exit ${outcome.code ?? '?'}`
      const asked = REASON_WORDS[outcome.reason]
      return asked === undefined
        ? outcome.signal === null
          ? status
          : `died ${status}`
        : `${asked} ${status}`
    }
  }
}

/** Ends that somebody or something other than the program brought about. */
const REASON_WORDS: Partial<Record<Outcome['reason'], string>> = {
  killed: 'stopped',
  timed_out: 'timed out',
  idle: 'idle,',
  memory: 'memory,',
  processes: 'processes,',
  oom: 'out of memory',
  superseded: 'replaced',
  reboot: 'reboot',
  backend_lost: 'lost',
}

export function stateTint(job: JobView): Tint {
  const { outcome } = job
  if (outcome === null) {
    if (job.restart.crashLoop) return 'red'
    return job.state === 'running' ? 'green' : job.state === 'stopping' ? 'yellow' : 'cyan'
  }
  if (job.restart.crashLoop) return 'red'
  if (outcome.leftovers.survivors.length > 0 || job.restart.nextStartMs !== null) return 'yellow'
  if (outcome.state === 'lost') return 'magenta'
  if (
    outcome.state === 'exited' &&
    (outcome.code === 0 || outcome.reason === 'killed' || outcome.reason === 'superseded')
  ) {
    return 'dim'
  }
  return 'red'
}

/** Nothing of the job runs, and nothing will without somebody asking: a planned restart is no end. */
export function isFinished(job: JobView): boolean {
  return job.outcome !== null && job.restart.nextStartMs === null
}

/** How a run ended, as a sentence's end: `exited with code 3 after 2m 5s`. */
export function endSentence(outcome: Outcome): string {
  const tookMs = Math.max(0, outcome.endedAtMs - outcome.startedAtMs)
  switch (outcome.state) {
    case 'failed_to_start': {
      const { failure } = outcome
      return failure === null
        ? 'could not be started'
        : `could not be started (${failure.stage}: ${failure.message})`
    }
    case 'lost':
      return `is lost: ${outcome.evidence}`
    case 'exited': {
      const status =
        outcome.signal === null
          ? `exited with code ${outcome.code ?? 'unknown'}`
          : `was ended by ${outcome.signal}`
      const why =
        outcome.reason === 'exit' || outcome.reason === 'signal'
          ? ''
          : ` (${outcome.reason}, ${outcome.actor})`
      return `${status} after ${formatDuration(tookMs)}${why}`
    }
  }
}
