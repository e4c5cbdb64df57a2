import { statSync } from 'node:fs'
import { FettleError } from '../../core/errors.ts'
import { isEnvDumpCommand } from '../../core/redact/env-dump.ts'
import type { MethodQueries } from '../../protocol/api/method-schemas.ts'
import { runDir, runPaths } from '../../store/layout.ts'
import { viewLogs, type LogSelection } from '../../store/output/view-logs.ts'
import { RunScreen } from '../../store/screen/run-screen.ts'
import type { DaemonParts } from '../daemon-parts.ts'
import { isOver, type JobEntry } from '../jobs/job-table.ts'
import type { Handlers } from '../transport/api.ts'
import { compilePatterns } from '../watch/compile-patterns.ts'
import { findJob } from './find-job.ts'
import { completionOf } from './job-handlers.ts'

type LogsQuery = MethodQueries['logs']

const DEFAULT_BYTES = 256 * 1024
const MOST_BYTES = 8 * 1024 * 1024
const DEFAULT_TAIL_LINES = 200
const GREP_LINES = 1_000

export function viewHandlers(parts: DaemonParts): Pick<Handlers, 'logs' | 'screen'> {
  const { home, hub } = parts
  return {
    logs: async ({ params, query, peer }) => {
      const { entry, caller } = findJob(parts, {
        selector: params['job'] ?? '',
        owner: query.owner,
        peer,
        access: 'read',
      })
      const { job } = entry
      const run = chooseRun(entry, query.run)
      const stream = query.stream ?? 'out'
      if (stream === 'err' && !job.spec.split) {
        throw new FettleError('not_split', `Job ${job.name ?? job.id} has one stream for stdout and stderr`, {
          hint: 'Start it with --split to tell them apart.',
        })
      }
      const view = await viewLogs({
        dir: runPaths(runDir(home, job.id, run)).output,
        stream,
        strip: query.strip ?? true,
        redact: isEnvDumpCommand(job.spec.argv) ? 'env_dump' : 'text',
        maxBytes: Math.min(query.bytes ?? DEFAULT_BYTES, MOST_BYTES),
        select: toSelection(query),
      })
      const consumer = query.consumer ?? caller.inside?.owner
      if (isOver(entry) && consumer === job.owner) hub.store.notices.consume(consumer, completionOf(entry))
      return { run, stream, ...view }
    },

    screen: async ({ params, query, peer }) => {
      const { entry } = findJob(parts, {
        selector: params['job'] ?? '',
        owner: query.owner,
        peer,
        access: 'read',
      })
      const { job } = entry
      if (job.spec.pty === null) {
        throw new FettleError('not_a_terminal', `Job ${job.name ?? job.id} has no terminal, so no screen`, {
          hint: 'Start it with --pty; fettle logs shows its output.',
        })
      }
      const paths = runPaths(runDir(home, job.id, chooseRun(entry, undefined)))
      using screen = await RunScreen.open({ paths, atFirst: job.spec.pty })
      await screen.advance()
      return await screen.view({ envDump: isEnvDumpCommand(job.spec.argv) })
    },
  }

  function chooseRun({ job }: JobEntry, asked: number | undefined): number {
    const run = asked ?? job.runs
    const isThere = statSync(runDir(home, job.id, run), { throwIfNoEntry: false }) !== undefined
    if (run >= 1 && run <= job.runs && isThere) return run
    throw new FettleError(
      'run_not_found',
      `Job ${job.name ?? job.id} has ${job.runs} runs, there is no run ${run}`,
      {
        data: { jobId: job.id, runs: job.runs },
      },
    )
  }
}

function toSelection(query: LogsQuery): LogSelection {
  const { head, tail, since, grep, from } = query
  const given = Object.entries({ head, tail, since }).filter(([, value]) => value !== undefined)
  if (given.length > 1 || (given.length === 1 && (from !== undefined || grep !== undefined))) {
    throw new FettleError('usage', 'Of from, head, tail, since and grep only from and grep go together')
  }
  if (grep !== undefined) {
    const [matcher] = compilePatterns([grep]).matchers
    const matches = matcher?.matches ?? (() => false)
    return { kind: 'grep', matches, from: from ?? 0, maxLines: GREP_LINES }
  }
  if (head !== undefined) return { kind: 'head', lines: head }
  if (tail !== undefined) return { kind: 'tail', lines: tail }
  if (since !== undefined) return { kind: 'since', timeMs: since }
  return from === undefined ? { kind: 'tail', lines: DEFAULT_TAIL_LINES } : { kind: 'range', from }
}
