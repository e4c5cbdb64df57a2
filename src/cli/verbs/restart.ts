import { connectDaemon } from '../daemon/connect-daemon.ts'
import { findJobs } from '../disk/read-jobs.ts'
import { Progress } from '../progress.ts'
import { makeRunEnvironment } from '../run/environment.ts'
import { defaultOwner } from '../run/owner.ts'
import { defineVerb } from '../verb.ts'

export const restart = defineVerb({
  name: 'restart',
  summary: 'Stop the run if there is one, and start the next with the same spec',
  usage: 'SELECTOR… [--env]',
  details:
    'Id, name, owner and output of earlier runs stay. A job in a crash loop gets its whole budget again.',
  flags: {
    env: {
      kind: 'boolean',
      help: "Give the next run this command's environment; else it gets the last run's",
    },
  },
  positionals: { name: 'SELECTOR', min: 1, max: Number.POSITIVE_INFINITY },
  completes: { kind: 'jobs', live: false },
  examples: [{ command: 'fettle restart web', does: 'stops web and all it started, then starts it again' }],
  async run(cli, args) {
    const jobs = findJobs(cli.home, args.words, defaultOwner())
    using client = await connectDaemon(cli)
    // held in memory only: after a reboot it has to come from here
    const env = args.on('env') ? makeRunEnvironment({ env: process.env, set: [], files: [] }).env : null
    using _progress = new Progress({ enabled: !cli.quiet && !cli.json, text: () => 'restarting …' })
    for (const { id } of jobs) {
      const { job } = await client.call('restartJob', {
        params: { job: id },
        body: { actor: `owner:${defaultOwner()}`, ...(env === null ? {} : { env }) },
      })
      if (cli.json) cli.data(job)
      else
        cli.line(
          `${job.name ?? job.id}: run ${job.run?.n ?? '?'} ${job.state}${pidText(job.run?.pid ?? null)}`,
        )
    }
    return 0
  },
})

function pidText(pid: number | null): string {
  return pid === null ? '' : `, pid ${pid}`
}
