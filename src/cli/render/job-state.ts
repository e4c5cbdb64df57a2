import type { Outcome } from '../../core/run/outcome.ts'
import { formatDuration } from '../../core/parse/duration.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import type { Tint } from './paint.ts'

/** How many processes that a job's ended runs have left live on, by job id; 0 when that is not known. See `findLeftovers`. */
export type LivingOn = ReadonlyMap<string, number>

/** A job's state in a few words, as the table of `ps` has it. */
export function stateText(job: JobView, nowMs: number, livingOn: LivingOn): string {
  const left = livingOn.get(job.id)
  const leftText = left === undefined ? '' : ` +${left === 0 ? '?' : left} left`
  if (job.outcome === null) return `${liveText(job, nowMs)}${leftText}`
  const end = endText(job.outcome)
  const text = job.restart.crashLoop ? `crash loop (${end})` : end
  const { nextStartMs } = job.restart
  const next = nextStartMs === null ? '' : `, again in ${formatDuration(Math.max(0, nextStartMs - nowMs))}`
  return `${text}${leftText}${next}`
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
      return outcome.failure === null ? 'failed to start' : `failed to start (${outcome.failure.stage})`
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

export function stateTint(job: JobView, livingOn: LivingOn): Tint {
  const { outcome } = job
  if (outcome === null) {
    if (job.restart.crashLoop) return 'red'
    return job.state === 'running' ? 'green' : job.state === 'stopping' ? 'yellow' : 'cyan'
  }
  if (job.restart.crashLoop) return 'red'
  if (livingOn.has(job.id) || job.restart.nextStartMs !== null) return 'yellow'
  if (outcome.state === 'lost' || outcome.reason === 'backend_lost') return 'magenta'
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

/** Why there was no first process: `failed to start: nosuch is not in PATH (stage lookup, ENOENT)`. */
export function startFailure({ failure, evidence }: Outcome): string {
  if (failure === null) return `failed to start: ${evidence}`
  return `failed to start: ${failure.message} (stage ${failure.stage}, ${failure.errno})`
}

/** How a run ended, as a sentence's end: `exited with code 3 after 2m 5s`. */
export function endSentence(outcome: Outcome): string {
  const tookMs = Math.max(0, outcome.endedAtMs - outcome.startedAtMs)
  switch (outcome.state) {
    case 'failed_to_start':
      return startFailure(outcome)
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
