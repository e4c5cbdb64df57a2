import { FettleError } from '../../core/errors.ts'
import { isEnvDumpCommand } from '../../core/redact/env-dump.ts'
import { formatDuration } from '../../core/parse/duration.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import { runDir, runPaths } from '../../store/layout.ts'
import type { Cli } from '../cli.ts'
import { followRun } from '../logs/follow-run.ts'
import type { OutputSink } from '../logs/follow-run.ts'
import type { LineFilter } from '../logs/line-filter.ts'
import { OutputPrinter } from '../logs/output-printer.ts'

export interface WaitForOutputOptions {
  readonly cli: Cli
  readonly job: JobView
  /** Null: wait for silence. */
  readonly match: LineFilter | null
  readonly quietMs: number
  readonly timeoutMs: number | null
}

/** Waits for a line (answered, redacted) or for silence (null). Reads from the run's first byte on; needs no daemon. */
export async function waitForOutput(options: WaitForOutputOptions): Promise<string | null> {
  const { cli, job, match, quietMs, timeoutMs } = options
  const what = job.name ?? job.id
  if (job.run === null) {
    throw new FettleError('job_not_running', `${what} has not been started yet`, {
      hint: `fettle wait ${what} --for ready`,
    })
  }
  const abort = new AbortController()
  let found: string | null = null
  let lastMs = performance.now()
  let quiet = false
  let timedOut = false
  /** One for each stream: lines of two streams are not joined. */
  const createSink = (): OutputSink => {
    const printer = new OutputPrinter({
      raw: false,
      unredacted: false,
      envDump: isEnvDumpCommand(job.spec.argv),
      keep: match,
      tellGap: () => {},
      write(text) {
        found ??= String(text).split('\n')[0] ?? ''
        abort.abort()
      },
    })
    return {
      bytes(bytes) {
        lastMs = performance.now()
        if (match !== null) printer.push(bytes)
      },
      gap: (from, to) => printer.gap(to - from),
      idle: () => {},
      end: () => printer.end(),
    }
  }
  const { output } = runPaths(runDir(cli.home, job.id, job.run.n))
  const names = job.spec.split ? (['out', 'err'] as const) : (['out'] as const)
  const startMs = performance.now()
  const streams = names.map((stream) => ({ source: { dir: output, stream }, from: 0, sink: createSink() }))
  const timer = setInterval(() => {
    quiet = match === null && performance.now() - lastMs >= quietMs
    timedOut = timeoutMs !== null && performance.now() - startMs >= timeoutMs
    if (quiet || timedOut) abort.abort()
  }, 50)
  try {
    const outcome = await followRun({
      home: cli.home,
      id: job.id,
      run: job.run.n,
      streams,
      signal: abort.signal,
    })
    for (const { sink } of streams) sink.end()
    if (found !== null || quiet || (match === null && outcome !== null)) return found
  } finally {
    clearInterval(timer)
  }
  if (timedOut) {
    throw new FettleError(
      'timed_out',
      `Waited ${formatDuration(timeoutMs ?? 0)}: ${what} ${match === null ? 'was not quiet' : 'printed no such line'}`,
    )
  }
  throw new FettleError('job_not_running', `${what} ended without printing such a line`, {
    hint: `fettle logs ${what}`,
  })
}
