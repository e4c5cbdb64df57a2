import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import type { Settings } from '../../core/config/settings.ts'
import { FettleError } from '../../core/errors.ts'
import { formatJobId, JOB_ID_BYTES } from '../../core/job/job-id.ts'
import { formatCounted } from '../../core/parse/count.ts'
import { JOB_FORMAT, type Job } from '../../core/job/job.ts'
import { NO_RESTARTS } from '../../core/restart/restart-policy.ts'
import { isErrno } from '../../platform/files/errno.ts'
import { isUnwritable } from '../../platform/files/unwritable.ts'
import { nowMs } from '../../platform/clock.ts'
import { refuseSecrets } from './refuse-secrets.ts'
import type { CheckedRunRequest } from '../../protocol/api/run-request.ts'
import { jobDir, type Home } from '../../store/layout.ts'
import type { AnchorLink } from '../engine/anchor-link.ts'
import type { EventHub } from '../events/event-hub.ts'
import { jobCreated } from '../events/run-events.ts'
import { BEGUN_WITHIN_MS, type Runs } from '../runs/runs.ts'
import { evaluateAfter } from './after.ts'
import { actorOf, type Caller } from './callers.ts'
import { chooseDirectory } from './choose-directory.ts'
import { toEnvBlock } from './env-block.ts'
import { findByName, findRelated } from './find-related.ts'
import { isOver, type JobEntry, type JobTable } from './job-table.ts'
import type { KeyedQueue } from './keyed-queue.ts'
import type { Stopper } from './stopper.ts'
import { toRunSpec } from './to-run-spec.ts'

export interface JobsServiceOptions {
  readonly home: Home
  /** `FETTLE_HOME` of the daemon, given to runs so that their own `fettle` finds the same home. */
  readonly fettleHome: string | null
  readonly hub: EventHub
  readonly jobs: JobTable
  readonly runs: Runs
  readonly anchor: AnchorLink
  readonly queue: KeyedQueue
  readonly stopper: Stopper
  readonly isPaused: () => boolean
  readonly config: Settings
}

/** Who asks, and through what. */
export interface Asker {
  readonly caller: Caller
  readonly surface: string
}

export interface Started {
  readonly entry: JobEntry
  readonly existing: boolean
  readonly notes: readonly string[]
}

interface Prepared {
  readonly job: Job
  readonly env: string
  readonly notes: readonly string[]
}

/** Makes jobs. */
export class JobsService {
  readonly #options: JobsServiceOptions

  constructor(options: JobsServiceOptions) {
    this.#options = options
  }

  /** Starts a job, or answers the one that is meant: by the same request, or running under the same name. */
  async start(request: CheckedRunRequest, asker: Asker): Promise<Started> {
    const owner = this.#ownerFor(request, asker.caller)
    const key = request.name ?? request.requestKey ?? null
    if (key === null) return await this.#startNow({ ...request, owner }, asker)
    return await this.#options.queue.run(
      `start\0${owner}\0${key}`,
      async () => await this.#startNow({ ...request, owner }, asker),
    )
  }

  #ownerFor(request: CheckedRunRequest, caller: Caller): string {
    if (caller.inside === null || this.#options.config.runPermission === 'all') return request.owner
    return caller.inside.owner
  }

  async #startNow(request: CheckedRunRequest, asker: Asker): Promise<Started> {
    const { jobs, isPaused, stopper } = this.#options
    const same =
      request.requestKey === undefined ? undefined : jobs.findByRequestKey(request.owner, request.requestKey)
    if (same !== undefined) return { entry: same, existing: false, notes: [] }
    if (isPaused()) throw startsHeld()
    const named = request.name === undefined ? undefined : findByName(jobs, request.name, request.owner)
    const running = named !== undefined && !isOver(named) ? named : null
    if (running !== null && request.replace !== true) return { entry: running, existing: true, notes: [] }
    refuseSecrets(request)
    this.#checkLimit(request.owner)
    const prepared = this.#prepare(request)
    if (running !== null) {
      const report = await stopper.stop(running.job.id, {
        reason: 'superseded',
        actor: actorOf(asker.caller, undefined, request.owner),
        surface: asker.surface,
        graceMs: null,
        supersededBy: prepared.job.id,
      })
      if (report.result === 'incomplete') {
        throw new FettleError('stop_incomplete', `Cannot replace "${request.name}": ${report.why}`, {
          data: { jobId: running.job.id, survivors: report.survivors },
        })
      }
    }
    return await this.#launch(prepared, asker)
  }

  #prepare(request: CheckedRunRequest): Prepared {
    const { home, fettleHome, jobs, config } = this.#options
    const { cwd, note } = chooseDirectory(request.cwd, request.cwdFallback ?? false)
    for (const { job } of request.after ?? []) {
      if (findRelated(jobs, job, request.owner) !== undefined) continue
      throw new FettleError('job_not_found', `"after" names ${job}, and "${request.owner}" has no such job`)
    }
    const wantsTerminal = request.pty !== undefined && request.pty !== null && request.pty !== false
    const env = toEnvBlock(request, { home: fettleHome, isTerminal: wantsTerminal })
    const spec = toRunSpec(request, { cwd, envNames: env.names, defaults: config.run })
    // Last, when nothing can refuse the request any more.
    const id = makeJobDir(home)
    const job: Job = {
      format: JOB_FORMAT,
      hostId: home.hostId,
      id,
      name: request.name ?? null,
      owner: request.owner,
      task: request.task ?? null,
      labels: request.labels ?? {},
      desired: 'running',
      createdAtMs: nowMs(),
      ...(request.requestKey === undefined ? {} : { requestKey: request.requestKey }),
      runs: 0,
      spec,
      restart: NO_RESTARTS,
      notify: { onExit: spec.notify, watchDisabled: false },
    }
    return { job, env: env.base64, notes: note === null ? [] : [note] }
  }

  async #launch(prepared: Prepared, asker: Asker): Promise<Started> {
    const { jobs, anchor, home } = this.#options
    const { id } = prepared.job
    try {
      return await this.#startOrHold(prepared, asker)
    } catch (error) {
      if (isUnwritable(error)) {
        // Nothing was started then, and no half of a job stays behind.
        jobs.remove(id)
        rmSync(jobDir(home, id), { recursive: true, force: true })
        await anchor.forgetEnv(`${id}.1`)
      }
      throw error
    }
  }

  async #startOrHold({ job, env, notes }: Prepared, { caller, surface }: Asker): Promise<Started> {
    const { jobs, hub, anchor, runs } = this.#options
    const created = jobCreated(job, actorOf(caller, undefined, job.owner), surface)
    const after = evaluateAfter(job.spec.after, (name) => findRelated(jobs, name, job.owner))
    const said = [...notes]
    if (after.kind === 'met') {
      jobs.announce(job)
      await runs.start(job, { env, causeSeq: null, events: [created] }).catch((error: unknown) => {
        throw withJob(error, job)
      })
      if (!(await runs.begun(job.id))) {
        const seconds = BEGUN_WITHIN_MS / 1_000
        said.push(
          `Could not verify within ${seconds} s that it has started; the job stays ("fettle why ${job.id}")`,
        )
      }
    } else {
      // In the anchor's hands first: a daemon that dies after writing the job down has not lost its environment.
      await anchor.holdEnv(`${job.id}.1`, env)
      jobs.save(job)
      hub.record(created)
    }
    const entry = jobs.get(job.id)
    if (entry === undefined) throw new FettleError('internal', `Job ${job.id} is gone right after its start`)
    return { entry, existing: false, notes: said }
  }

  #checkLimit(owner: string): void {
    const live = this.#options.jobs
      .all()
      .filter((entry) => entry.job.owner === owner && !isOver(entry)).length
    const { jobsPerOwner } = this.#options.config.budgets
    if (live < jobsPerOwner) return
    throw new FettleError(
      'limit_reached',
      `"${owner}" has ${formatCounted(live, 'job that is', 'jobs that are')} not finished, no more are started`,
      {
        hint: 'Stop some (fettle ps --owner lists them), or raise budgets.jobs-per-owner in config.toml.',
        data: { owner, live, limit: jobsPerOwner },
      },
    )
  }
}

/** What was asked for by name is held as well: whoever paused meant all of it. */
export function startsHeld(): FettleError {
  return new FettleError('paused', 'Starts are held: somebody asked fettle to pause', {
    hint: '"fettle resume" lets them happen again; "fettle events --kind paused" tells who asked, and why.',
  })
}

/** The job is on record and says why it was not started: whoever asked is told which it is. */
function withJob(error: unknown, { id }: Job): unknown {
  if (!(error instanceof FettleError)) return error
  const stays = `It is on record as ${id} ("fettle why ${id}").`
  return new FettleError(error.code, error.message, {
    hint: error.hint === '' ? stays : `${error.hint}\n${stays}`,
    data: { ...error.data, jobId: id },
    cause: error,
  })
}

/** A new id and its folder: the file system says whether it was free. */
function makeJobDir(home: Home): string {
  for (;;) {
    const id = formatJobId(randomBytes(JOB_ID_BYTES))
    try {
      mkdirSync(jobDir(home, id), { mode: 0o700 })
      return id
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error
    }
  }
}
