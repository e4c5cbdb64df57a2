import { FettleError } from '../../core/errors.ts'
import { connectDaemon } from '../daemon/connect-daemon.ts'
import { findJob } from '../disk/read-jobs.ts'
import { defaultOwner } from '../run/owner.ts'
import { defineVerb } from '../verb.ts'

export const screen = defineVerb({
  name: 'screen',
  summary: 'What the terminal of a --pty job shows now, as text',
  usage: 'SELECTOR',
  flags: {},
  positionals: { name: 'SELECTOR', min: 1, max: 1 },
  completes: { kind: 'jobs', live: true },
  examples: [
    { command: 'fettle screen top', does: 'the rows of its screen' },
    { command: 'fettle screen top --json', does: 'with size and cursor' },
  ],
  async run(cli, args) {
    const job = findJob(cli.home, args.words[0] ?? '', defaultOwner())
    if (job.spec.pty === null) {
      throw new FettleError('not_a_terminal', `${job.name ?? job.id} has no terminal`, {
        hint: `Start it with --pty; "fettle logs ${job.name ?? job.id}" shows what it printed`,
      })
    }
    using client = await connectDaemon(cli)
    const screen = await client.call('screen', { params: { job: job.id } })
    if (cli.json) cli.data({ id: job.id, ...screen })
    else for (const line of screen.lines) cli.line(line.trimEnd())
    return 0
  },
})
