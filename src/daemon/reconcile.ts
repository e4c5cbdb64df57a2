import { setTimeout as sleep } from 'node:timers/promises'
import { bootId, nowMs } from '../platform/clock.ts'
import { runDir, runPaths, type Home } from '../store/layout.ts'
import { listJobs } from '../store/run-files/list-jobs.ts'
import { readRun } from '../store/run-files/job-views.ts'
import { listGuardedRuns } from '../store/run-files/guarded-runs.ts'
import { readFacts } from '../store/run-files/facts.ts'
import { readOutcome } from '../store/run-files/outcome.ts'
import { orDamaged } from '../store/run-files/list-jobs.ts'
import type { Job } from '../core/job/job.ts'
import type { NewEvent } from './events/event-hub.ts'
import { eventsOfFiles, jobCreated, runStarting } from './events/run-events.ts'
import type { DaemonParts } from './daemon-parts.ts'
import type { FoundEnv } from './jobs/lifecycle.ts'
import { despiteFullDisk } from './despite-full-disk.ts'
import { reconcileJob } from './jobs/reconcile-job.ts'
import { COMPLETION_KINDS } from './notify/notices.ts'
import { ENV_LOST, failedStart } from './runs/failed-start.ts'

type Parts = Pick<DaemonParts, 'home' | 'hub' | 'jobs' | 'runs' | 'lifecycle' | 'log' | 'anchor'>

/** All jobs into memory, as the disk has them. What cannot be read is set aside, reported, alone. */
export function loadJobs(parts: Parts): void {
  const { home, hub, jobs, log } = parts
  const { jobs: found, damaged } = listJobs(home)
  for (const job of found) {
    const run =
      job.runs === 0 ? null : orDamaged(runDir(home, job.id, job.runs), () => readRun(home, job.id, job.runs))
    if (run !== null && 'why' in run) {
      despiteFullDisk(log, 'an event', () => hub.record(damagedRecord(run)))
      continue
    }
    const facts = run === null ? null : { n: job.runs, ...run, isReady: false, notReady: null }
    // An outcome becomes known to everyone when its events are on record.
    jobs.load(job, facts)
  }
  despiteFullDisk(log, 'an event', () => hub.record(...damaged.map(damagedRecord)))
}

/** What an earlier daemon left undone or untold: events with their true times, living runs, planned starts. */
export async function reconcile(parts: Parts): Promise<void> {
  const { home, jobs, runs, lifecycle, hub, anchor, log } = parts
  const held = new Set(await anchor.listRuns())
  const unheld: Job[] = []
  // In one transaction: a home of thousands of jobs must not take a commit each.
  despiteFullDisk(log, 'events', () =>
    hub.record(...jobs.all().flatMap(({ job, run }) => missedEvents(home, job, run))),
  )
  for (const { job, run } of jobs.all()) {
    const step = reconcileJob({
      job,
      state: run?.state ?? null,
      outcome: run?.outcome ?? null,
      isOutcomeWritten:
        job.runs > 0 && readOutcome(runPaths(runDir(home, job.id, job.runs)).outcome) !== null,
      isHeld: held.has(`${job.id}.${job.runs}`),
    })
    const ref = { jobId: job.id, run: job.runs }
    switch (step.kind) {
      case 'wait':
        break
      case 'attach':
        runs.attach(job)
        break
      case 'ended':
        if (step.write) despiteFullDisk(log, 'an outcome', () => runs.giveOutcome(ref, step.outcome))
        else if (run !== null && isReadAlong(job) && !isEndRecorded(parts, ref)) {
          // Over for those who wait when its events are on record, not before.
          jobs.setRun(job.id, { ...run, outcome: null })
          runs.attach(job)
        } else lifecycle.ended(ref, step.outcome)
        break
      case 'never_started':
        unheld.push(job)
    }
  }
  runs.adoptAll(held)
  for (const { id, n } of listGuardedRuns(home)) if (!held.has(`${id}.${n}`)) runs.adoptLeftovers(id, n)
  await settleUnheld(parts, unheld)
  lifecycle.resume()
}

/** It ended while no daemon was there: what it printed last is looked through before its end is told. */
function isReadAlong({ spec, notify }: Job): boolean {
  return (spec.watch.patterns.length > 0 && !notify.watchDisabled) || spec.readiness?.kind === 'output'
}

function isEndRecorded({ hub }: Parts, ref: { readonly jobId: string; readonly run: number }): boolean {
  const { jobId } = ref
  const { events } = hub.store.read({ afterSeq: 0, limit: 10_000, jobId, kinds: COMPLETION_KINDS })
  return events.some(({ run }) => run === ref.run)
}

/**
 * The anchor may have been given the run just before the last daemon died, and be about to start it: it is asked once
 * more. Otherwise the run is started now, with the environment that the anchor was given before.
 */
async function settleUnheld(parts: Parts, unheld: readonly Job[]): Promise<void> {
  if (unheld.length === 0) return
  const { home, runs, anchor, log } = parts
  await sleep(300)
  const held = new Set(await anchor.listRuns())
  for (const job of unheld) {
    const isKnown = held.has(`${job.id}.${job.runs}`) || readRun(home, job.id, job.runs).state !== null
    if (isKnown) {
      runs.attach(job)
      continue
    }
    const env = await findEnv(parts, job)
    if (!('why' in env)) {
      const from = env.from === null ? {} : { envFrom: env.from }
      // The failure, if there is one, is in the run's outcome and in the log of events.
      await runs
        .resume(job, { ...from, env: env.env, causeSeq: null })
        .catch((error: unknown) => log.warn('a run', { error }))
      continue
    }
    runs.giveOutcome(
      { jobId: job.id, run: job.runs },
      failedStart({
        hostId: home.hostId,
        bootId: bootId(),
        nowMs: nowMs(),
        reason: 'start',
        actor: 'daemon',
        evidence:
          'The daemon ended between writing this run down and handing it to the anchor, which has died too; no process of it was made',
        failure: { ...ENV_LOST, message: env.why },
      }),
    )
  }
}

/** Held for this very run before it was written down; or by the run before. */
async function findEnv({ anchor, lifecycle }: Parts, job: Job): Promise<FoundEnv> {
  const earlier = job.runs > 1 ? await anchor.readEnv(`${job.id}.${job.runs - 1}`) : null
  const own = await lifecycle.findEnv(job)
  const isHeld = 'env' in own && own.from === null
  return isHeld || earlier === null ? own : { env: earlier, from: null }
}

function missedEvents(
  home: Home,
  job: Job,
  run: ReturnType<Parts['jobs']['all']>[number]['run'],
): NewEvent[] {
  const events = [jobCreated(job, `owner:${job.owner}`)]
  if (run === null) return events
  const ref = { jobId: job.id, run: run.n }
  events.push(runStarting(ref, run.state?.startedAtMs ?? job.createdAtMs, { causeSeq: null }))
  const facts = readFacts(runPaths(runDir(home, job.id, run.n)).facts)
  events.push(...eventsOfFiles(ref, run.state, facts))
  return events
}

function damagedRecord({ path, why }: { readonly path: string; readonly why: string }): NewEvent {
  return {
    atMs: nowMs(),
    kind: 'corrupt_record',
    jobId: null,
    run: null,
    actor: 'daemon',
    causeSeq: null,
    data: { path, why },
    key: `corrupt_record:${path}`,
  }
}
