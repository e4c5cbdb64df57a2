import { FettleError } from '../../core/errors.ts'
import { isEnvDumpCommand } from '../../core/redact/env-dump.ts'
import type { PtySize } from '../../core/run/spec.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import { runDir, runPaths } from '../../store/layout.ts'
import { RunScreen } from '../../store/screen/run-screen.ts'
import type { ScreenView } from '../../store/screen/run-screen.ts'
import type { Cli } from '../cli.ts'
import { findJob } from '../disk/read-jobs.ts'
import { defaultOwner } from '../run/owner.ts'
import { defineVerb } from '../verb.ts'

export const screen = defineVerb({
  name: 'screen',
  summary: 'What the terminal of a --pty job shows now, as text',
  usage: 'SELECTOR',
  details: 'Drawn from disk, in the size it has: needs no daemon. Known secrets are masked.',
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
    const screen = await readScreen(cli, job, job.spec.pty)
    if (cli.json) cli.data({ id: job.id, ...screen })
    else for (const line of screen.lines) cli.line(line.trimEnd())
    if (screen.fromOffset > 0) {
      cli.say(`output before byte ${screen.fromOffset} was dropped undrawn: what it painted is missing`)
    }
    return 0
  },
})

async function readScreen(cli: Cli, job: JobView, atFirst: PtySize): Promise<ScreenView> {
  const paths = runPaths(runDir(cli.home, job.id, job.run?.n ?? 1))
  using screen = await RunScreen.open({ paths, atFirst })
  await screen.advance()
  return await screen.view({ envDump: isEnvDumpCommand(job.spec.argv) })
}
