import type { Job } from '../../core/job/job.ts'
import { redactArgv } from '../../core/redact/redact-argv.ts'
import { redactText } from '../../core/redact/redact-text.ts'
import type { Readiness, RunSpec } from '../../core/run/spec.ts'
import { bootId } from '../../platform/clock.ts'
import { toJobView, type JobView } from '../../protocol/api/job-view.ts'
import { runDir, runPaths, type Home } from '../layout.ts'
import { measureOutput } from '../output/segments.ts'
import { listJobs, orDamaged, type DamagedRecord } from './list-jobs.ts'
import { observeState, type Observed } from './observe-state.ts'
import { readOutcome } from './outcome.ts'
import { readState } from './state.ts'

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
    return toJobView({ job: shown, state: null, outcome: null, output: NO_OUTPUT, redact: asIs })
  }
  const run = readRun(home, job.id, job.runs)
  return toJobView({ job: shown, ...run, output: readOutputSize(home, job), redact: asIs })
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
    readiness: readiness === null ? null : redactReadiness(readiness),
    stop: { ...stop, keys: stop.keys === null ? null : redactText(stop.keys) },
  }
}

function redactReadiness(readiness: Readiness): Readiness {
  if (readiness.kind === 'command') return { ...readiness, argv: redactArgv(readiness.argv) }
  return readiness.kind === 'http' ? { ...readiness, url: redactText(readiness.url) } : readiness
}

/** Already redacted as a whole. */
function asIs(text: string): string {
  return text
}

export interface JobViewList {
  /** Oldest first. */
  readonly jobs: readonly JobView[]
  readonly damaged: readonly DamagedRecord[]
}

/** All jobs with their newest runs. A job one of whose records is damaged is reported, the others are listed. */
export function listJobViews(home: Pick<Home, 'state' | 'hostId'>): JobViewList {
  const { jobs, damaged } = listJobs(home)
  const views: JobView[] = []
  const damagedToo = [...damaged]
  for (const job of jobs) {
    const view = orDamaged(runDir(home, job.id, job.runs), () => readJobView(home, job))
    if ('why' in view) damagedToo.push(view)
    else views.push(view)
  }
  return { jobs: views, damaged: damagedToo }
}

const NO_OUTPUT = { bytes: 0, droppedBytes: 0 }

function readOutputSize(home: Pick<Home, 'state'>, job: Job): JobView['output'] {
  const dir = runPaths(runDir(home, job.id, job.runs)).output
  const out = measureOutput(dir, 'out')
  if (!job.spec.split) return out
  const err = measureOutput(dir, 'err')
  return { bytes: out.bytes + err.bytes, droppedBytes: out.droppedBytes + err.droppedBytes }
}
