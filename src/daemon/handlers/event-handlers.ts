import { FettleError } from '../../core/errors.ts'
import type { FettleEvent } from '../../core/events/event.ts'
import { isJobId } from '../../core/job/job-id.ts'
import { nowMs } from '../../platform/clock.ts'
import type { EventPage } from '../../store/events/read-events.ts'
import type { Consumer } from '../../store/events/consumers.ts'
import type { DaemonParts } from '../daemon-parts.ts'
import { redactEvent } from '../events/redact-event.ts'
import { actorOf } from '../jobs/callers.ts'
import type { Handlers } from '../transport/api.ts'
import { findJob } from './find-job.ts'
import type { Peer } from '../transport/peer.ts'

const DEFAULT_LIMIT = 500
const MOST = 5_000
const LONGEST_WAIT_MS = 600_000
/** One drain; what is left is for the next. */
const NOTICES = 50

type EventMethod =
  | 'events'
  | 'createConsumer'
  | 'consumerEvents'
  | 'ackConsumer'
  | 'notifications'
  | 'createDelegation'
  | 'delegationResult'
  | 'listDelegations'

export function eventHandlers(parts: DaemonParts): Pick<Handlers, EventMethod> {
  const { hub, callers, delegations, config } = parts
  const { store } = hub

  const toConsumerAnswer = ({ name, owner, ackedSeq }: Consumer) => ({
    name,
    owner,
    ackedSeq,
    epoch: store.epoch,
  })

  /** A caller inside a run speaks for its own owner. */
  const ownerFor = (peer: Peer, asked: string): string => {
    const caller = callers.of(peer)
    if (caller.inside === null || config.runPermission === 'all' || caller.inside.owner === asked)
      return asked
    throw new FettleError(
      'not_owner',
      `Those are for "${asked}", the caller is a process of "${caller.inside.owner}"`,
    )
  }

  return {
    events: ({ query, peer }) => {
      const jobId = query.job === undefined ? undefined : jobIdOf(parts, query.job, peer)
      const page = store.read({
        afterSeq: query.after ?? 0,
        limit: Math.min(query.limit ?? DEFAULT_LIMIT, MOST),
        ...(jobId === undefined ? {} : { jobId }),
        ...(query.kind === undefined || query.kind.length === 0 ? {} : { kinds: query.kind }),
      })
      return toAnswer(page)
    },

    createConsumer: ({ body, peer }) => {
      const owner = body.owner === null ? null : ownerFor(peer, body.owner)
      const { last } = store.bounds()
      const ackedSeq = body.fromSeq === 'now' ? last : Math.max(0, body.fromSeq - 1)
      return toConsumerAnswer(
        store.consumers.create({ name: body.name, owner, ackedSeq, createdMs: nowMs() }),
      )
    },

    consumerEvents: async ({ params, query, signal }) => {
      const name = params['name'] ?? ''
      const limit = Math.min(query.limit ?? DEFAULT_LIMIT, MOST)
      const read = (): EventPage => {
        const { ackedSeq, owner } = store.consumers.read(name)
        const page = store.read({ afterSeq: ackedSeq, limit })
        return owner === null
          ? page
          : { ...page, events: page.events.filter((event) => event.owner === owner) }
      }
      const first = read()
      if (first.events.length > 0) return toAnswer(first)
      await until(query.waitMs, signal, () => read().events.length > 0)
      return toAnswer(read())
    },

    ackConsumer: ({ params, body }) => toConsumerAnswer(store.consumers.ack(params['name'] ?? '', body.seq)),

    notifications: async ({ query, peer, signal }) => {
      const owner = ownerFor(peer, query.owner)
      const pending = () =>
        store.notices.pending({ owner, limit: NOTICES, withoutPolled: query.ownTurn ?? false })
      if (pending().length === 0) await until(query.waitMs, signal, () => pending().length > 0)
      const notices = pending()
      // Whoever asked has gone: it is for the next who asks.
      if (query.peek !== true && !signal.aborted) {
        store.notices.mark({ owner, seqs: notices.map(({ seq }) => seq), state: 'told' })
      }
      return {
        notices: notices.map(({ seq, kind, jobId, run, atMs, task, text, data }) => ({
          seq,
          kind,
          jobId,
          run,
          atMs,
          owner,
          task,
          text,
          data: { ...data },
        })),
        text: query.format === 'model' ? notices.map(({ text }) => text).join('\n\n') : '',
      }
    },

    createDelegation: ({ body, peer }) => {
      const owner = ownerFor(peer, body.owner)
      return {
        delegation: delegations.create({ ...body, owner }, actorOf(callers.of(peer), undefined, owner)),
      }
    },

    delegationResult: ({ params, body, peer }) => ({
      delegation: delegations.finish(params['id'] ?? '', body, actorOf(callers.of(peer), undefined, null)),
    }),

    listDelegations: ({ query }) => ({ delegations: delegations.list(query.owner) }),
  }

  async function until(waitMs: number | undefined, signal: AbortSignal, is: () => boolean): Promise<void> {
    if (waitMs === undefined || waitMs === 0) return
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        stop()
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, Math.min(waitMs, LONGEST_WAIT_MS))
      const stop = hub.listen(() => {
        if (is()) end()
      })
      signal.addEventListener('abort', end)
    })
  }

  function toAnswer(page: EventPage) {
    return { events: page.events.map(redactEvent), next: page.next, epoch: page.epoch }
  }
}

/** Events outlive their job: a whole id needs no job. */
export function jobIdOf(parts: DaemonParts, selector: string, peer: Peer): string {
  if (isJobId(selector)) return selector
  return findJob(parts, { selector, owner: undefined, peer, access: 'read' }).entry.job.id
}

/** Which events a follower asked for. */
export function acceptsEvent(filter: {
  readonly jobId: string | undefined
  readonly kinds: readonly string[]
}): (event: FettleEvent) => boolean {
  const kinds = new Set(filter.kinds)
  return (event) =>
    (filter.jobId === undefined || event.jobId === filter.jobId) &&
    (kinds.size === 0 || kinds.has(event.kind))
}
