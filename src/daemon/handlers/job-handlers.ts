import { FettleError } from '../../core/errors.ts'
import { nowMs } from '../../platform/clock.ts'
import { COMPLETION_KINDS } from '../notify/notices.ts'
import type { DaemonParts } from '../daemon-parts.ts'
import { actorOf, type Caller } from '../jobs/callers.ts'
import { toEnvBlock } from '../jobs/env-block.ts'
import { isOver, stateOf, type JobEntry } from '../jobs/job-table.ts'
import { startsHeld } from '../jobs/jobs-service.ts'
import { withFreshCounters } from '../jobs/lifecycle.ts'
import { waitForJob } from '../jobs/wait-for-job.ts'
import type { Handlers } from '../transport/api.ts'
import { findJob } from './find-job.ts'

export function jobHandlers(
  parts: DaemonParts,
): Pick<Handlers, 'startJob' | 'listJobs' | 'getJob' | 'waitJob' | 'restartJob' | 'moveJob'> {
  const { jobs, service, callers, queue, lifecycle, stopper, hub, runs, pause } = parts
  return {
    startJob: async ({ body, peer, surface }) => {
      const { entry, existing, notes } = await service.start(body, { caller: callers.of(peer), surface })
      return { job: jobs.view(entry), existing, notes: [...notes] }
    },

    listJobs: ({ query }) => {
      const { owner, task, name, state, label } = query
      const found = jobs.all().filter((entry) => {
        const { job } = entry
        return (
          (owner === undefined || job.owner === owner) &&
          (task === undefined || job.task === task) &&
          (name === undefined || job.name === name) &&
          (state === undefined || state.includes(stateOf(entry))) &&
          (label === undefined || label.every((wanted) => hasLabel(entry, wanted)))
        )
      })
      return { jobs: found.map((entry) => jobs.view(entry)) }
    },

    getJob: ({ params, query, peer }) => {
      const { entry, caller } = findJob(parts, {
        selector: params['job'] ?? '',
        owner: query.owner,
        peer,
        access: 'read',
      })
      const consumer = query.consumer ?? caller.inside?.owner
      if (isOver(entry) && consumer === entry.job.owner) {
        hub.store.notices.markPolled(consumer, completionOf(entry))
      }
      return { job: jobs.view(entry) }
    },

    waitJob: async ({ params, query, peer, signal }) => {
      const { entry, caller } = findJob(parts, {
        selector: params['job'] ?? '',
        owner: query.owner,
        peer,
        access: 'read',
      })
      const waited = await waitForJob(jobs, {
        jobId: entry.job.id,
        timeoutMs: query.timeoutMs ?? null,
        untilReady: query.until === 'ready',
        signal,
      })
      receive(waited.entry, query.consumer ?? caller.inside?.owner)
      const { timedOut, isReady, clampedToMs } = waited
      const notReady = isReady ? null : (waited.entry.run?.notReady ?? null)
      return { job: jobs.view(waited.entry), timedOut, ready: isReady, notReady, clampedToMs }
    },

    restartJob: async ({ params, query, body, peer, surface }) => {
      const { entry, caller } = findJob(parts, {
        selector: params['job'] ?? '',
        owner: query.owner,
        peer,
        access: 'act',
      })
      refuseOwnRun(caller, entry)
      // Before the run is stopped: one that could not be started again would be gone.
      if (pause.isOn) throw startsHeld()
      const actor = actorOf(caller, body.actor, entry.job.owner)
      const { id } = entry.job
      await queue.run(id, async () => {
        const env =
          body.env === undefined
            ? await lifecycle.findEnv(entry.job)
            : { env: toBlock(body.env, entry), from: null }
        if ('why' in env) throw envLost(entry, env.why)
        if (runs.guard(id) !== null) {
          const report = await stopper.stop(id, { reason: 'superseded', actor, surface, graceMs: null })
          if (report.outcome === null) {
            throw new FettleError('stop_incomplete', `Cannot restart ${id}: ${report.why}`, {
              data: { survivors: report.survivors },
            })
          }
        }
        const now = jobs.get(id)?.job
        if (now === undefined) throw new FettleError('job_not_found', `Job ${id} is gone`)
        await lifecycle.startAgain(withFreshCounters(now), { env, causeSeq: null, actor, surface })
        await runs.begun(id)
      })
      return { job: jobs.view(jobs.get(id) ?? entry) }
    },

    moveJob: ({ params, query, body, peer, surface }) => {
      const { entry, caller } = findJob(parts, {
        selector: params['job'] ?? '',
        owner: query.owner,
        peer,
        access: 'act',
      })
      const { job } = entry
      if (job.owner === body.owner) return { job: jobs.view(entry) }
      const moved = jobs.save({ ...job, owner: body.owner })
      hub.recordWith(
        [
          {
            atMs: nowMs(),
            kind: 'owner_changed',
            jobId: job.id,
            run: null,
            actor: actorOf(caller, body.actor, job.owner),
            causeSeq: null,
            data: { from: job.owner, to: body.owner, surface },
            key: null,
          },
        ],
        () => hub.store.notices.transfer({ jobId: job.id, to: body.owner }),
      )
      return { job: jobs.view(moved) }
    },
  }

  /** The owner has the end in hand: the drain does not tell it again. */
  function receive(entry: JobEntry, consumer: string | undefined): void {
    if (!isOver(entry) || consumer !== entry.job.owner) return
    hub.store.notices.consume(consumer, completionOf(entry))
  }
}

export function completionOf(entry: JobEntry): { jobId: string; kinds: readonly string[] } {
  return { jobId: entry.job.id, kinds: COMPLETION_KINDS }
}

/** A process cannot end the run it is part of and see to what comes after. */
export function refuseOwnRun(caller: Caller, { job, run }: JobEntry): void {
  const leader = run?.outcome === null ? run.state?.leader : null
  const isAncestor =
    leader !== null &&
    leader !== undefined &&
    caller.lineage.some((stat) => stat.pid === leader.pid && stat.startTicks === leader.startTicks)
  if (!isAncestor && caller.inside?.jobId !== job.id) return
  throw new FettleError(
    'own_ancestor',
    `Job ${job.name ?? job.id} is the run that the caller itself is part of`,
    {
      hint: 'It ends when the program ends; somebody outside can stop it.',
      data: { jobId: job.id },
    },
  )
}

function hasLabel({ job }: JobEntry, wanted: string): boolean {
  const at = wanted.indexOf('=')
  const key = at === -1 ? wanted : wanted.slice(0, at)
  return Object.hasOwn(job.labels, key) && (at === -1 || job.labels[key] === wanted.slice(at + 1))
}

function toBlock(env: Readonly<Record<string, string>>, { job }: JobEntry): string {
  return toEnvBlock({ env }, { home: process.env['FETTLE_HOME'] ?? null, isTerminal: job.spec.pty !== null })
    .base64
}

function envLost({ job }: JobEntry, why: string): FettleError {
  return new FettleError('could_not_verify', `Cannot start ${job.name ?? job.id} again: ${why}`, {
    hint: '"fettle restart --env" gives it the environment of your shell. What --env-file names is read again by itself.',
    data: { jobId: job.id },
  })
}
