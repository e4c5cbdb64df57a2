import { isEnvDumpCommand } from '../../core/redact/env-dump.ts'
import type { Job } from '../../core/job/job.ts'
import { runDir, runPaths, type Home } from '../../store/layout.ts'
import { findTail } from '../../store/output/find-lines.ts'
import { openOutput } from '../../store/output/output-reader.ts'
import { renderSlice } from '../../store/output/render-slice.ts'

export interface OutputEnd {
  readonly text: string
  readonly earlierBytes: number
  readonly droppedBytes: number
}

const MAX_BYTES = 8 * 1024
const MAX_LINES = 200

/** The end of what a run printed, redacted; what stands before it is counted. */
export function readOutputEnd(home: Home, job: Job, run: number): OutputEnd {
  const { output: dir } = runPaths(runDir(home, job.id, run))
  using reader = openOutput({ dir, stream: 'out' })
  const tail = findTail(reader, { lines: MAX_LINES, maxBytes: MAX_BYTES })
  const redact = isEnvDumpCommand(job.spec.argv) ? 'env_dump' : 'text'
  const slice = renderSlice(reader, { from: tail.offset, to: reader.end, strip: true, redact })
  const droppedBytes = reader.first
  return { text: slice.text, earlierBytes: Math.max(0, tail.offset - droppedBytes), droppedBytes }
}
