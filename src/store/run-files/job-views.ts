import type { Job } from '../../core/job/job.ts'
import { redactArgv } from '../../core/redact/redact-argv.ts'
import { redactText } from '../../core/redact/redact-text.ts'
import type { Readiness, RunSpec } from '../../core/run/spec.ts'
import { bootId } from '../../platform/boot-id.ts'
import { toJobView, type JobView } from '../../protocol/api/job-view.ts'
import { runDir, runPaths, type Home } from '../layout.ts'
import { measureOutput } from '../output/segments.ts'
import { listJobFolders, oldestFirst, orDamaged, readListedJob, type DamagedRecord } from './list-jobs.ts'
import { observeState, type Observed } from './observe-state.ts'
import { readOutcome } from './outcome.ts'
import { readState } from './state.ts'
import { freshView, readViewCache, type CachedView } from './view-cache.ts'

/** State and outcome of one run as they are true now. */
export function readRun(home: Pick<Home, 'state'>, id: string, run: number): Observed {
  const paths = runPaths(runDir(home, id, run))
  // The outcome is written before the state takes its last name, so it is read after it: never finished without one.
  const state = readState(paths.state)
  const outcome = readOutcome(paths.outcome)
  return observeState({ state, outcome, bootId: bootId() })
}

/** A job as surfaces show it: its newest run only, and of the output only names and sizes. */
export function readJobView(home: Pick<Home, 'state'>, job: Job): JobView {
  const shown = { ...job, spec: redactSpec(job.spec) }
  if (job.runs === 0) {
    return toJobView({ job: shown, state: null, outcome: null, output: NO_OUTPUT })
  }
  const run = readRun(home, job.id, job.runs)
  return toJobView({ job: shown, ...run, output: readOutputSize(home, job) })
}

/**
 * A spec as it may be shown. Arguments are looked at together, because what stands behind `--token` is told by its
 * neighbour.
 */
export function redactSpec(spec: RunSpec): RunSpec {
  const { readiness, stop } = spec
  return {
    ...spec,
    argv: redactArgv(spec.argv),
    argvBytes: null,
    cwd: redactText(spec.cwd),
    watch: { ...spec.watch, patterns: spec.watch.patterns.map((pattern) => redactText(pattern)) },
    readiness: readiness === null ? null : redactReadiness(readiness),
    stop: { ...stop, keys: stop.keys === null ? null : redactText(stop.keys) },
  }
}

function redactReadiness(readiness: Readiness): Readiness {
  if (readiness.kind === 'command') return { ...readiness, argv: redactArgv(readiness.argv) }
  return readiness.kind === 'http' ? { ...readiness, url: redactText(readiness.url) } : readiness
}

export interface JobViewList {
  /** Oldest first. */
  readonly jobs: readonly JobView[]
  readonly damaged: readonly DamagedRecord[]
}

/**
 * All jobs with their newest runs. A job one of whose records is damaged is reported, the others are listed. What the
 * daemon wrote down of a job is taken as it is while the job's folders say that nothing has changed since.
 */
export function listJobViews(home: Pick<Home, 'state' | 'hostId'>): JobViewList {
  return listViews(home, readViewCache(home))
}

/** The same from the records alone, whatever a cache says: for who looks whether they can be read. */
export function listViewsFromRecords(home: Pick<Home, 'state' | 'hostId'>): JobViewList {
  return listViews(home, new Map())
}

function listViews(
  home: Pick<Home, 'state' | 'hostId'>,
  cache: ReadonlyMap<string, CachedView>,
): JobViewList {
  const jobs: JobView[] = []
  const damaged: DamagedRecord[] = []
  for (const id of listJobFolders(home)) {
    const cached = cache.get(id)
    const found = (cached === undefined ? null : freshView(home, cached)) ?? readView(home, id)
    if (found === null) continue
    if ('why' in found) damaged.push(found)
    else jobs.push(found)
  }
  return { jobs: jobs.sort(oldestFirst), damaged }
}

/** Null for a job that is on its way in or out. */
export function readView(home: Pick<Home, 'state' | 'hostId'>, id: string): JobView | DamagedRecord | null {
  const job = readListedJob(home, id)
  if (job === null || 'why' in job) return job
  return orDamaged(runDir(home, id, job.runs), () => readJobView(home, job))
}

const NO_OUTPUT = { bytes: 0, droppedBytes: 0 }

function readOutputSize(home: Pick<Home, 'state'>, job: Job): JobView['output'] {
  const dir = runPaths(runDir(home, job.id, job.runs)).output
  const out = measureOutput(dir, 'out')
  if (!job.spec.split) return out
  const err = measureOutput(dir, 'err')
  return { bytes: out.bytes + err.bytes, droppedBytes: out.droppedBytes + err.droppedBytes }
}
