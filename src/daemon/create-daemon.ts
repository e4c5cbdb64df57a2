import type { IncomingMessage, ServerResponse } from 'node:http'
import { nowMs } from '../platform/clock.ts'
import { VERSION } from '../platform/version.ts'
import type { EventStore } from '../store/events/open-events.ts'
import type { FoundHome } from '../store/home.ts'
import { runDir, runPaths } from '../store/layout.ts'
import { readOutcome } from '../store/run-files/outcome.ts'
import type { Settings } from '../core/config/settings.ts'
import type { DaemonParts } from './daemon-parts.ts'
import { Delegations } from './delegations/delegations.ts'
import { AnchorLink } from './engine/anchor-link.ts'
import { EventHub } from './events/event-hub.ts'
import { HomeWatch } from './home-watch.ts'
import { createHandler } from './handlers/create-handler.ts'
import { JobTable } from './jobs/job-table.ts'
import { JobsService } from './jobs/jobs-service.ts'
import { KeyedQueue } from './jobs/keyed-queue.ts'
import { Callers } from './jobs/known-callers.ts'
import { Lifecycle } from './jobs/lifecycle.ts'
import { Pause } from './jobs/pause.ts'
import { Stopper } from './jobs/stopper.ts'
import { despiteFullDisk } from './despite-full-disk.ts'
import type { DaemonLog } from './log.ts'
import { noticesOf } from './notify/notices.ts'
import { readOutputEnd } from './notify/read-output-end.ts'
import { readPredecessor, removeSelf, writeSelf } from './predecessor.ts'
import { loadJobs, reconcile } from './reconcile.ts'
import { BudgetKeeper } from './retention/budget-keeper.ts'
import { ExpiredIds } from './retention/expired-ids.ts'
import { ViewCacheKeeper } from './retention/view-cache-keeper.ts'
import { RetentionSweep } from './retention/retention-sweep.ts'
import { makeFollowers } from './runs/followers.ts'
import { Inputs } from './runs/inputs.ts'
import { Runs } from './runs/runs.ts'
import type { Peer } from './transport/peer.ts'
import { WatchBreaker } from './watch/watch-breaker.ts'

export interface CreateDaemonOptions {
  readonly home: FoundHome
  readonly config: Settings
  readonly log: DaemonLog
  readonly store: EventStore
  readonly stop: () => void
}

export interface Daemon {
  readonly handle: (request: IncomingMessage, response: ServerResponse, peer: Peer) => void
  /** Connects to the anchor and takes up what lives. */
  begin(): Promise<void>
  serveSince(atMs: number): void
  /** Tells the anchor that it is not to be started again. */
  leave(): Promise<void>
  close(): void
}

/** The composition root: every part is made here, and knows of the others what it is given. */
export function createDaemon(options: CreateDaemonOptions): Daemon {
  const { home, config, log, store, stop } = options
  const jobs = new JobTable(home)
  const hub = new EventHub({
    store,
    ownerOf: (id) => jobs.get(id)?.job.owner ?? null,
    noticesOf: (event) =>
      noticesOf(event, {
        job: (id) => jobs.get(id)?.job ?? null,
        outcome: ({ jobId, run }) => readOutcome(runPaths(runDir(home, jobId, run)).outcome),
        outputEnd: (job, run) => readOutputEnd(home, job, run),
        suppressedLines: ({ jobId, run }) => suppressedLines(store, jobId, run),
      }),
    onListenerError: (error) => log.error('a listener of events', { error }),
  })
  const queue = new KeyedQueue()
  const pause = new Pause(home, hub)
  const breaker = new WatchBreaker(hub)
  const expired = new ExpiredIds(home)
  const watch = new HomeWatch(home, stop)
  const anchor = new AnchorLink({
    home,
    log,
    isHomeGone: () => watch.isGone(),
    onAnchor: ({ pid, previousPid, held }) => {
      log.info('anchor', { anchorPid: pid, previousPid, held: held.length })
      if (previousPid === null) return
      hub.record({
        atMs: nowMs(),
        kind: 'anchor_replaced',
        jobId: null,
        run: null,
        actor: 'daemon',
        causeSeq: null,
        data: { oldPid: previousPid, newPid: pid },
        key: null,
      })
      runs.adoptAll(new Set(held))
    },
  })
  const inputs = new Inputs({ anchor, log })
  const runs: Runs = new Runs({
    home,
    log,
    hub,
    jobs,
    anchor,
    follow: (guard, job) => makeFollowers({ hub, jobs, log, inputs, breaker }, guard, job),
    onEnded: (ref, outcome) => {
      inputs.ended(ref.jobId, ref.run)
      lifecycle.ended(ref, outcome)
      sweep.ring()
    },
  })
  const isPaused = (): boolean => pause.isOn
  const fettleHome = process.env['FETTLE_HOME'] ?? null
  const lifecycle: Lifecycle = new Lifecycle({
    home,
    log,
    hub,
    jobs,
    runs,
    anchor,
    queue,
    fettleHome,
    isPaused,
    chance: Math.random,
  })
  const sweep = new RetentionSweep({
    home,
    log,
    hub,
    jobs,
    limits: config.retention,
    expired,
    onExpired: ({ job }) => lifecycle.forget(job.id, job.runs),
  })
  const budgets = new BudgetKeeper({ home, log, hub, jobs, runs, sweep, budgets: config.budgets })
  const views = new ViewCacheKeeper({ home, log })
  jobs.listen(() => views.ring())
  const stopper = new Stopper({ home, log, hub, jobs, runs, lifecycle: () => lifecycle })
  const service = new JobsService({
    home,
    fettleHome,
    hub,
    jobs,
    runs,
    anchor,
    queue,
    stopper,
    isPaused,
    config,
  })
  const parts: DaemonParts = {
    home,
    config,
    log,
    startedAtMs: nowMs(),
    hub,
    jobs,
    runs,
    anchor,
    queue,
    lifecycle,
    stopper,
    service,
    inputs,
    callers: new Callers(home, jobs),
    pause,
    delegations: new Delegations(hub),
    expired,
    stop,
  }
  return {
    handle: createHandler(parts),
    begin: async () => {
      for (const note of store.notes) {
        log.warn('event log', { ...note })
        const record = {
          atMs: nowMs(),
          kind: 'corrupt_record',
          jobId: null,
          run: null,
          actor: 'daemon',
          causeSeq: null,
          data: { path: note.path, why: note.why },
          key: null,
        } as const
        despiteFullDisk(log, 'an event', () => hub.record(record))
      }
      loadJobs(parts)
      await anchor.connect()
      await reconcile(parts)
    },
    serveSince: (atMs) => {
      const common = { atMs, jobId: null, run: null, causeSeq: null, key: null }
      const oldPid = readPredecessor(home)
      const replaced = { ...common, kind: 'daemon_replaced', actor: 'anchor' } as const
      const started = { ...common, kind: 'daemon_started', actor: 'daemon' } as const
      despiteFullDisk(log, 'the start of this daemon', () => {
        hub.record(...(oldPid === null ? [] : [{ ...replaced, data: { oldPid, newPid: process.pid } }]), {
          ...started,
          data: { pid: process.pid, version: VERSION },
        })
        writeSelf(home, VERSION)
      })
      sweep.ring()
      views.ring()
    },
    leave: async () => {
      // The anchor sees for itself that the home is gone; nothing is to be written there.
      if (watch.isGone()) return
      removeSelf(home)
      await lifecycle.forgetEnvs()
      await anchor.leave()
    },
    close: () => {
      watch.close()
      sweep.close()
      budgets.close()
      views.close()
      lifecycle.close()
      jobs.close()
      breaker.close()
      runs.close()
      anchor.close()
    },
  }
}

/** Matched lines of a run that were never told, from its cursors. */
function suppressedLines(store: EventStore, jobId: string, run: number): number {
  const cursor = store.watchCursors.read({ jobId, run, stream: 'out' })
  const watch = cursor?.state['watch']
  const count: unknown =
    typeof watch === 'object' && watch !== null ? Reflect.get(watch, 'suppressedLines') : null
  return typeof count === 'number' ? count : 0
}
