import { FettleError } from '../../core/errors.ts'
import { redactError } from '../../core/redact/redact-error.ts'
import { redactOutcome, redactSurvivor } from '../../core/redact/redact-outcome.ts'
import { redactText } from '../../core/redact/redact-text.ts'
import { resolveSelectors } from '../../core/job/selector.ts'
import type { StopResult } from '../../protocol/api/answers.ts'
import type { MethodBodies } from '../../protocol/api/method-schemas.ts'
import type { DaemonParts } from '../daemon-parts.ts'
import { actorOf, checkOwner, type Caller } from '../jobs/callers.ts'
import { isOver, toSelectable, type JobEntry } from '../jobs/job-table.ts'
import type { Handlers } from '../transport/api.ts'
import { explainExpired } from './find-job.ts'
import { refuseOwnRun } from './job-handlers.ts'

type StopBody = MethodBodies['stopJobs']

interface Meant {
  readonly selector: string
  readonly entry: JobEntry
}

export function stopHandlers(parts: DaemonParts): Pick<Handlers, 'stopJobs'> {
  return {
    stopJobs: async ({ body, peer, surface }) => {
      const caller = parts.callers.of(peer)
      const { meant, results } = selectJobs(parts, body, caller)
      // Together: n jobs take the time of the slowest.
      const stopped = await Promise.all(
        meant.map(async (one) => await stopOne(parts, { ...one, body, caller, surface })),
      )
      return { results: [...results, ...stopped] }
    },
  }
}

function selectJobs(
  parts: DaemonParts,
  body: StopBody,
  caller: Caller,
): { readonly meant: readonly Meant[]; readonly results: readonly StopResult[] } {
  const { config, jobs } = parts
  // A caller inside a run means its own owner's jobs by "all".
  const restricted =
    caller.inside !== null && config.runPermission !== 'all' ? caller.inside.owner : undefined
  const owner = body.owner ?? restricted
  const { task } = body
  const ofTask = jobs.all().filter(({ job }) => task === undefined || task === null || job.task === task)
  if (body.selectors.length === 0) {
    if (!body.all && body.owner === undefined && body.task === undefined) {
      throw new FettleError('usage', 'No job was named, expected an id, a name, an owner or "all"')
    }
    const live = ofTask.filter((entry) => {
      const isOwners = owner === undefined || owner === null || entry.job.owner === owner
      return isOwners && !isOver(entry)
    })
    return { meant: live.map((entry) => ({ selector: 'all', entry })), results: [] }
  }
  // Of everyone: whose jobs the caller may act on is decided for each of them, and a refusal says whose it is.
  const selectable = ofTask.map(toSelectable)
  const meant = new Map<string, Meant>()
  const results: StopResult[] = []
  for (const selector of body.selectors) {
    try {
      const found = resolveSelectors({
        selectors: [selector],
        jobs: selectable,
        all: body.all,
        ...(owner === undefined || owner === null ? {} : { owner, ownGlobs: true }),
      })
      for (const { entry } of found)
        if (!meant.has(entry.job.id)) meant.set(entry.job.id, { selector, entry })
    } catch (error) {
      results.push(refused({ selector, entry: null, error: explainExpired(parts, selector, error) }))
    }
  }
  return { meant: [...meant.values()], results }
}

async function stopOne(
  parts: DaemonParts,
  ask: Meant & { readonly body: StopBody; readonly caller: Caller; readonly surface: string },
): Promise<StopResult> {
  const { selector, entry, body, caller, surface } = ask
  const { job } = entry
  try {
    checkOwner(caller, job, parts.config.runPermission)
    refuseOwnRun(caller, entry)
    const report = await parts.stopper.stop(job.id, {
      reason: 'killed',
      actor: actorOf(caller, body.actor, body.owner ?? null),
      graceMs: body.graceMs ?? null,
      signal: body.signal ?? null,
      selector,
      surface,
    })
    const { result, outcome, survivors, endedLeftovers, calledOff, why } = report
    return {
      id: job.id,
      name: job.name,
      selector,
      result,
      outcome: outcome === null ? null : redactOutcome(outcome),
      survivors: survivors.map(redactSurvivor),
      endedLeftovers: endedLeftovers.map(redactSurvivor),
      calledOff,
      why: redactText(why),
      error: null,
    }
  } catch (error) {
    return refused({ selector, entry, error })
  }
}

function refused(options: { selector: string; entry: JobEntry | null; error: unknown }): StopResult {
  const { selector, entry, error } = options
  if (!(error instanceof FettleError)) throw error
  const body = redactError(error.toBody())
  return {
    id: entry?.job.id ?? null,
    name: entry?.job.name ?? null,
    selector,
    result: 'refused',
    outcome: null,
    survivors: [],
    endedLeftovers: [],
    calledOff: false,
    why: body.message,
    error: { ...body, data: { ...body.data } },
  }
}
