import { formatDuration } from '../../core/parse/duration.ts'
import { formatSize } from '../../core/parse/size.ts'
import { quoteArgv } from '../../core/text/quote-argv.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import { stateText, stateTint, type LivingOn } from './job-state.ts'
import type { Paint } from './paint.ts'
import { renderTable } from './table.ts'

export interface JobTableOptions {
  readonly jobs: readonly JobView[]
  readonly nowMs: number
  readonly width: number | null
  readonly paint: Paint
  /** What a look at the kernel says against the record, by job id. */
  readonly remarks?: ReadonlyMap<string, string>
  readonly livingOn: LivingOn
}

/** The table of `ps`. */
export function renderJobTable(options: JobTableOptions): string {
  const { jobs, nowMs, width, paint, remarks, livingOn } = options
  return renderTable<JobView>({
    rows: jobs,
    width,
    paintTitle: (text) => paint('bold', text),
    columns: [
      { title: 'ID', text: (job) => job.id, paint: (text) => paint('dim', text) },
      { title: 'NAME', text: (job) => job.name ?? '-' },
      {
        title: 'STATE',
        text: (job) => remarks?.get(job.id) ?? stateText(job, nowMs, livingOn),
        paint: (text, job) =>
          paint(remarks?.has(job.id) === true ? 'magenta' : stateTint(job, livingOn), text),
      },
      { title: 'PID', text: (job) => pidText(job), align: 'right' },
      { title: 'AGE', text: (job) => ageText(job, nowMs), align: 'right' },
      { title: 'OWNER', text: (job) => job.owner },
      { title: 'OUTPUT', text: (job) => outputText(job), align: 'right' },
      { title: 'COMMAND', text: (job) => quoteArgv(job.spec.argv), fill: true },
    ],
  })
}

function pidText(job: JobView): string {
  const pid = job.outcome === null ? (job.run?.pid ?? null) : null
  return pid === null ? '-' : String(pid)
}

/** Of a live run how long it has been up, of a finished one how long ago it ended. */
function ageText(job: JobView, nowMs: number): string {
  if (job.outcome !== null) return `${formatDuration(Math.max(0, nowMs - job.outcome.endedAtMs))} ago`
  return formatDuration(Math.max(0, nowMs - (job.run?.startedAtMs ?? job.createdAtMs)))
}

function outputText(job: JobView): string {
  const { bytes, droppedBytes } = job.output
  return droppedBytes === 0 ? formatSize(bytes) : `${formatSize(bytes)} (${formatSize(droppedBytes)} dropped)`
}
