import { endedWell } from '../../core/restart/restart-policy.ts'
import type { AfterCondition } from '../../core/run/spec.ts'
import { isOver, type JobEntry } from './job-table.ts'

export type AfterState =
  | { readonly kind: 'met' }
  | { readonly kind: 'waiting'; readonly for: string }
  /** Cannot come true any more. */
  | { readonly kind: 'failed'; readonly why: string }

/** Whether a job that waits for others may start. `find` knows the job a condition names. */
export function evaluateAfter(
  conditions: readonly AfterCondition[],
  find: (job: string) => JobEntry | undefined,
): AfterState {
  let waiting: string | null = null
  for (const condition of conditions) {
    const state = evaluateOne(condition, find(condition.job))
    if (state.kind === 'failed') {
      const { job, condition: wanted } = condition
      const why = `${job}:${wanted}, which it waited for, cannot come true: ${state.why}`
      return { kind: 'failed', why }
    }
    if (state.kind === 'waiting') waiting ??= state.for
  }
  return waiting === null ? { kind: 'met' } : { kind: 'waiting', for: waiting }
}

function evaluateOne({ job, condition }: AfterCondition, entry: JobEntry | undefined): AfterState {
  const wait: AfterState = { kind: 'waiting', for: `${job}:${condition}` }
  if (entry === undefined) return { kind: 'failed', why: `${job} is not there any more` }
  const { run } = entry
  const outcome = run?.outcome ?? null
  if (condition === 'ready') {
    if (run?.isReady === true && outcome === null) return { kind: 'met' }
    if (run !== null && run.notReady !== null)
      return { kind: 'failed', why: `${job} was not ready: ${run.notReady}` }
    // A program that did its work and ended was ready; one that failed before never will be.
    if (!isOver(entry)) return wait
    return run?.isReady === true
      ? { kind: 'met' }
      : { kind: 'failed', why: `${job} ended before it was ready` }
  }
  if (!isOver(entry) || outcome === null) return wait
  if (condition === 'exited' || endedWell(outcome)) return { kind: 'met' }
  return { kind: 'failed', why: `${job} did not end well: ${outcome.evidence}` }
}
