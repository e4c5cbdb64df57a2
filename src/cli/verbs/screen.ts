import { FettleError } from '../../core/errors.ts'
import { findDaemon } from '../daemon/connect-daemon.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import { runDir, runPaths } from '../../store/layout.ts'
import type { Cli } from '../cli.ts'
import { findJob } from '../disk/read-jobs.ts'
import { isFinished } from '../render/job-state.ts'
import { defaultOwner } from '../run/owner.ts'
import { defineVerb } from '../verb.ts'

export const screen = defineVerb({
  name: 'screen',
  summary: 'What the terminal of a --pty job shows now, as text',
  usage: 'SELECTOR',
  details:
    'The daemon knows the size it has now; without one it is rendered from disk, in the size it was started with.',
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
    const screen = await readScreen(cli, job)
    if (cli.json) cli.data({ id: job.id, ...screen })
    else for (const line of screen.lines) cli.line(line.trimEnd())
    return 0
  },
})

async function readScreen(cli: Cli, job: JobView) {
  using client = await findDaemon(cli)
  if (client !== null && !isFinished(job)) return await client.call('screen', { params: { job: job.id } })
  const { renderScreen } = await import('../screen/render-screen.ts')
  const { output } = runPaths(runDir(cli.home, job.id, job.run?.n ?? 1))
  return await renderScreen({ dir: output, size: job.spec.pty ?? { rows: 24, cols: 80 } })
}
