import { FettleError } from '../../core/errors.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import type { Cli } from '../cli.ts'
import { findDaemon } from '../daemon/connect-daemon.ts'
import { findJobs } from '../disk/read-jobs.ts'
import { createLineFilter } from '../logs/line-filter.ts'
import type { ParsedArgs } from '../parse-args.ts'
import { endSentence } from '../render/job-state.ts'
import { defaultOwner } from '../run/owner.ts'
import { defineVerb } from '../verb.ts'
import { untilInterrupted } from '../wait/until-interrupted.ts'
import { waitExitCode } from '../wait/wait-exit-code.ts'
import { waitForJobs } from '../wait/wait-for-jobs.ts'
import { waitForOutput } from '../wait/wait-for-output.ts'

const FLAGS = {
  timeout: { kind: 'duration', short: 't', help: 'Give up after this long (exit 124); the jobs go on' },
  for: {
    kind: 'choice',
    choices: ['exit', 'ready', 'match', 'quiet'],
    help: 'What to wait for (default exit)',
  },
  match: {
    kind: 'text',
    value: 'P',
    help: 'With --for match: a line that holds this text, or matches /regex/',
  },
  'quiet-for': { kind: 'duration', help: 'With --for quiet: no output for this long (default 2s)' },
} as const

export const wait = defineVerb({
  name: 'wait',
  summary: "Wait for jobs to end and answer with the job's exit code",
  usage: 'SELECTOR… [--timeout T] [--for exit|ready|match|quiet]',
  details: [
    'Of several jobs the first code that is not 0. A signal is 128 + its number, a time-out 124, a failure of',
    "fettle's own 125. With --for ready, match or quiet the answer is 0 when that has come about.",
  ].join('\n'),
  flags: FLAGS,
  rules: [{ flag: 'quiet-for', excludes: ['match'], because: 'one waits for output, the other for none' }],
  positionals: { name: 'SELECTOR', min: 1, max: Number.POSITIVE_INFINITY },
  completes: { kind: 'jobs', live: true },
  passesJobCode: () => true,
  examples: [
    { command: 'fettle wait build && echo built', does: "goes on when the job's code is 0" },
    { command: 'fettle wait web --for ready --timeout 30s', does: 'until its readiness check holds' },
    { command: "fettle wait web --for match --match 'listening on'", does: 'until a line says so' },
  ],
  async run(cli, args) {
    const wanted = args.text('for') ?? 'exit'
    const pattern = args.text('match')
    if ((wanted === 'match') !== (pattern !== null)) {
      throw new FettleError('usage', '--for match and --match PATTERN go together')
    }
    if (args.has('quiet-for') && wanted !== 'quiet')
      throw new FettleError('usage', '--quiet-for needs --for quiet')
    const jobs = findJobs(cli.home, args.words, defaultOwner())
    return await untilInterrupted(
      async () => await waitFor(cli, args, { jobs, wanted, pattern }),
      () =>
        cli.say(
          `${jobs.map((job) => job.name ?? job.id).join(', ')}: not waited for any longer; nothing was stopped`,
        ),
    )
  },
})

async function waitFor(
  cli: Cli,
  args: ParsedArgs<typeof FLAGS>,
  { jobs, wanted, pattern }: { jobs: readonly JobView[]; wanted: string; pattern: string | null },
): Promise<number> {
  const timeoutMs = args.number('timeout')
  if (pattern !== null || wanted === 'quiet') {
    const match = pattern === null ? null : await createLineFilter(pattern)
    for (const job of jobs) {
      const line = await waitForOutput({
        cli,
        job,
        match,
        quietMs: args.number('quiet-for') ?? 2000,
        timeoutMs,
      })
      if (cli.json) cli.data({ id: job.id, name: job.name, line })
      else if (line !== null) cli.line(line)
    }
    return 0
  }
  using client = await findDaemon(cli)
  const until = wanted === 'ready' ? 'ready' : 'ended'
  const { ended } = await waitForJobs({ cli, client, ids: jobs.map((job) => job.id), timeoutMs, until })
  for (const job of ended) {
    if (cli.json) cli.data(job)
    else if (job.outcome !== null) cli.say(`${job.name ?? job.id} ${endSentence(job.outcome)}`)
  }
  return until === 'ready' ? 0 : waitExitCode(ended)
}
