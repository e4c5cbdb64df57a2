import { FettleError } from '../../core/errors.ts'
import { attachLines } from '../attach/attach-lines.ts'
import { attachRun } from '../attach/attach-run.ts'
import { readDetachKey } from '../attach/detach-key.ts'
import { connectDaemon } from '../daemon/connect-daemon.ts'
import { findJob } from '../disk/read-jobs.ts'
import { isTerminal } from '../output.ts'
import { endSentence, isFinished } from '../render/job-state.ts'
import { defaultOwner } from '../run/owner.ts'
import { defineVerb } from '../verb.ts'

export const attach = defineVerb({
  name: 'attach',
  summary: "Put this terminal on a job's terminal",
  usage: 'SELECTOR [--detach-key KEY]',
  details: [
    'Ctrl-] leaves; the job goes on. Several terminals may be attached to one job; its size is that of the last one',
    'that changed. A job without a terminal has its output followed, and typed lines sent when its stdin is open.',
  ].join('\n'),
  flags: {
    'detach-key': { kind: 'text', value: 'KEY', help: 'Control key that leaves (default C-])' },
  },
  positionals: { name: 'SELECTOR', min: 1, max: 1 },
  completes: { kind: 'jobs', live: true },
  examples: [
    { command: 'fettle attach top', does: 'shows and steers it; Ctrl-] leaves' },
    { command: 'fettle attach vim --detach-key C-q', does: 'for a program that needs Ctrl-]' },
  ],
  async run(cli, args) {
    const job = findJob(cli.home, args.words[0] ?? '', defaultOwner())
    const what = job.name ?? job.id
    const detachByte = readDetachKey(args.text('detach-key'))
    if (isFinished(job) || job.run === null) {
      throw new FettleError('job_not_running', `${what} does not run: it is ${job.state}`, {
        hint: `"fettle logs ${what}" shows what it printed`,
      })
    }
    const run = job.run.n
    if (job.spec.pty === null) {
      using client = await connectDaemon(cli)
      await attachLines({ cli, client, job, run })
      return 0
    }
    if (!isTerminal(0) || !isTerminal(1)) {
      throw new FettleError('not_a_terminal', 'attach needs a terminal on stdin and stdout', {
        hint: `"fettle send ${what}" types into it, "fettle logs ${what} --follow" shows its output`,
      })
    }
    using client = await connectDaemon(cli)
    const greeting = `attached to ${what}; ${args.text('detach-key') ?? 'Ctrl-]'} leaves`
    const end = await attachRun({
      cli,
      client,
      job,
      run,
      detachByte,
      onReady: () => cli.say(`${greeting}\r`),
    })
    if (end.kind === 'detached') cli.say(`left ${what}; it goes on`)
    else cli.say(`${what} ${endSentence(end.outcome)}`)
    return 0
  },
})
