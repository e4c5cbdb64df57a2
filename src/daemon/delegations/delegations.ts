import { randomBytes } from 'node:crypto'
import { FettleError } from '../../core/errors.ts'
import { redactText } from '../../core/redact/redact-text.ts'
import { nowMs } from '../../platform/clock.ts'
import { delegationViewSchema, type DelegationView } from '../../protocol/api/answers.ts'
import type { delegationRequestSchema, delegationResultSchema } from '../../protocol/api/requests.ts'
import type { z } from 'zod'
import type { StoredDelegation } from '../../store/events/delegations.ts'
import type { EventHub, NewEvent } from '../events/event-hub.ts'

type Request = z.output<typeof delegationRequestSchema>
type Result = z.output<typeof delegationResultSchema>

/**
 * Work handed to sub-agents. When all of it is done, one report tells its owner everything needed to use the results
 * without having seen the request; a batch has one report for all its tasks.
 */
export class Delegations {
  readonly #hub: EventHub

  constructor(hub: EventHub) {
    this.#hub = hub
  }

  create(request: Request, actor: string): DelegationView {
    const known = this.#findByRequestKey(request)
    if (known !== null) return known
    const view: DelegationView = {
      id: `dlg_${randomBytes(6).toString('hex')}`,
      owner: request.owner,
      task: request.task,
      createdAtMs: nowMs(),
      finishedAtMs: null,
      tasks: request.tasks.map((task) => ({
        ...task,
        goal: redactText(task.goal),
        context: redactText(task.context),
        status: 'running',
        result: null,
        finishedAtMs: null,
        apiCalls: null,
      })),
    }
    const started: NewEvent = {
      atMs: view.createdAtMs,
      kind: 'delegation_started',
      jobId: null,
      run: null,
      owner: view.owner,
      actor,
      causeSeq: null,
      data: { id: view.id, goal: view.tasks[0]?.goal ?? '', tasks: view.tasks.length, owner: view.owner },
      key: `delegation_started:${view.id}`,
    }
    this.#hub.recordWith([started], () => this.#write(view, request.requestKey))
    return view
  }

  /** Safe to send again: the first result of a task stands. */
  finish(id: string, result: Result, actor: string): DelegationView {
    const stored = this.#hub.store.delegations.read(id)
    const view = stored === null ? null : toView(stored)
    if (stored === null || view === null) {
      throw new FettleError('job_not_found', `There is no delegation ${id}`, { data: { id } })
    }
    const task = view.tasks[result.index]
    if (task === undefined) {
      throw new FettleError(
        'bad_value',
        `Delegation ${id} has ${view.tasks.length} tasks, there is no task ${result.index}`,
      )
    }
    if (task.status !== 'running') return view
    const atMs = nowMs()
    const tasks = view.tasks.map((other, i) =>
      i === result.index
        ? {
            ...other,
            status: result.status,
            result: redactText(result.result),
            finishedAtMs: atMs,
            apiCalls: result.apiCalls,
          }
        : other,
    )
    const isDone = tasks.every(({ status }) => status !== 'running')
    const next: DelegationView = { ...view, tasks, finishedAtMs: isDone ? atMs : null }
    const key = typeof stored.data['requestKey'] === 'string' ? stored.data['requestKey'] : undefined
    this.#hub.recordWith(isDone ? [toFinished(next, actor)] : [], () => this.#write(next, key))
    return next
  }

  list(owner: string | undefined): DelegationView[] {
    return this.#hub.store.delegations.list(owner).flatMap((stored) => toView(stored) ?? [])
  }

  #findByRequestKey({ owner, requestKey }: Request): DelegationView | null {
    if (requestKey === undefined) return null
    const known = this.#hub.store.delegations
      .list(owner)
      .find(({ data }) => data['requestKey'] === requestKey)
    return known === undefined ? null : toView(known)
  }

  #write(view: DelegationView, requestKey: string | undefined): void {
    this.#hub.store.delegations.write({
      id: view.id,
      owner: view.owner,
      task: view.task,
      createdMs: view.createdAtMs,
      finishedMs: view.finishedAtMs,
      data: { tasks: view.tasks, ...(requestKey === undefined ? {} : { requestKey }) },
    })
  }
}

/** Null for one of a later version. */
function toView(stored: StoredDelegation): DelegationView | null {
  const { id, owner, task, createdMs, finishedMs, data } = stored
  const view = { id, owner, task, createdAtMs: createdMs, finishedAtMs: finishedMs, tasks: data['tasks'] }
  return delegationViewSchema.safeParse(view).data ?? null
}

function toFinished(view: DelegationView, actor: string): NewEvent {
  const reports = view.tasks.map((task, i) => ({
    id: view.tasks.length === 1 ? view.id : `${view.id}/${i}`,
    status: task.status,
    goal: task.goal,
    context: task.context,
    toolsets: task.toolsets,
    role: task.role,
    model: task.model,
    durationMs: Math.max(0, (task.finishedAtMs ?? nowMs()) - view.createdAtMs),
    result: task.result ?? '',
    apiCalls: task.apiCalls,
  }))
  const isBatch = view.tasks.length > 1
  const { id, owner, task } = view
  return {
    atMs: view.finishedAtMs ?? nowMs(),
    kind: isBatch ? 'delegation_batch_finished' : 'delegation_finished',
    jobId: null,
    run: null,
    owner,
    actor,
    causeSeq: null,
    data: { id, owner, task, ...(isBatch ? { reports } : { report: reports[0] }) },
    key: `delegation_finished:${id}`,
  }
}
