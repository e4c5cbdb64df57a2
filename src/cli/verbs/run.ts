import type { JobView } from '../../protocol/api/job-view.ts'
import type { Cli } from '../cli.ts'
import { connectDaemon } from '../daemon/connect-daemon.ts'
import { makeRunRequest } from '../run/make-run-request.ts'
import { RUN_FLAGS, RUN_RULES } from '../run/run-flags.ts'
import { endSentence, startFailure } from '../render/job-state.ts'
import { defineVerb } from '../verb.ts'
import { untilInterrupted } from '../wait/until-interrupted.ts'
import { waitForJobs } from '../wait/wait-for-jobs.ts'
import { waitExitCode } from '../wait/wait-exit-code.ts'

export const run = defineVerb({
  name: 'run',
  summary: 'Start a command as a job and print its id',
  usage: '[flags] -- CMD ARGS…',
  details: [
    'Returns at once; the job runs on by itself, through a closed terminal and a restart of the daemon.',
    'Starting a name that runs already answers with the running job (--replace takes its place).',
    'The environment of the run is the one of this command. argv is passed byte for byte, without a shell.',
  ].join('\n'),
  flags: RUN_FLAGS,
  rules: RUN_RULES,
  takesCommand: true,
  positionals: { name: 'CMD', min: 0, max: Number.POSITIVE_INFINITY },
  examples: [
    {
      command: 'fettle run --name web --ready port:3000 -- npm run dev',
      does: 'a dev server, ready when the port answers',
    },
    {
      command: 'fettle run --wait --deadline 10m -- make test',
      does: "a test run; the answer is make's exit code",
    },
    {
      command: "fettle run --name build --watch ERROR --shell 'make 2>&1 | tee log'",
      does: 'tells when a line holds ERROR',
    },
    {
      command: 'fettle run --name top --pty -- htop',
      does: 'a terminal program: "fettle attach top", "fettle screen top"',
    },
    {
      command: 'fettle run --after db:ready --restart on-failure -- ./server',
      does: 'starts when db is ready, again when it fails',
    },
  ],
  passesJobCode: (argv) => wantsWait(argv),
  async run(cli, args) {
    const { request, warnings } = makeRunRequest(args)
    for (const warning of warnings) cli.say(warning)
    using client = await connectDaemon(cli)
    const { job, existing, notes } = await client.call('startJob', { body: request })
    for (const note of notes) cli.say(note)
    if (existing)
      cli.say(`${job.name ?? job.id} runs already; this is the running job (--replace takes its place)`)
    if (!args.on('wait')) {
      tellStarted(cli, job)
      // it stays a job, with its outcome: the id is for whoever asks why
      if (job.outcome?.state !== 'failed_to_start') return 0
      cli.say(startFailure(job.outcome))
      return 1
    }
    if (!cli.json) tellStarted(cli, job)
    const what = job.name ?? job.id
    return await untilInterrupted(
      async () => {
        const { ended } = await waitForJobs({
          cli,
          client,
          ids: [job.id],
          timeoutMs: args.number('timeout'),
          until: 'ended',
        })
        for (const view of ended) {
          if (cli.json) cli.data(view)
          else if (view.outcome?.state === 'failed_to_start') cli.say(startFailure(view.outcome))
          else if (view.outcome !== null) cli.say(`${view.name ?? view.id} ${endSentence(view.outcome)}`)
        }
        return waitExitCode(ended)
      },
      () => cli.say(`${what} goes on: "fettle wait ${what}" waits again, "fettle kill ${what}" stops it`),
    )
  },
})

/** Whether `--wait` or `-w` stands among the flags of this call: before the command's first word. */
function wantsWait(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end === -1 ? argv.length : end).some((word) => word === '--wait' || word === '-w')
}

function tellStarted(cli: Cli, job: JobView): void {
  if (cli.json) cli.data(job)
  else cli.line(job.id)
}
