import { FettleError, toExitCode, toFettleError } from '../../core/errors.ts'
import { resolveSelectors } from '../../core/job/selector.ts'
import { formatCounted } from '../../core/parse/count.ts'
import { parseSignal } from '../../core/parse/signal.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import type { Cli } from '../cli.ts'
import { confirm } from '../confirm.ts'
import { connectDaemon } from '../daemon/connect-daemon.ts'
import { listJobViews } from '../../store/run-files/job-views.ts'
import { describeStop, stopExitCode } from '../kill/describe-stop.ts'
import type { ParsedArgs } from '../parse-args.ts'
import { Progress } from '../progress.ts'
import { named } from '../read-value.ts'
import { reportError } from '../report-error.ts'
import { isFinished } from '../render/job-state.ts'
import { defaultOwner } from '../run/owner.ts'
import { defineVerb } from '../verb.ts'

const FLAGS = {
  signal: {
    kind: 'text',
    short: 's',
    value: 'SIGNAL',
    help: 'TERM, INT, QUIT, KILL: stop with this one; any other is only sent',
  },
  grace: {
    kind: 'duration',
    help: 'Time between the first signal and SIGKILL (default: as it was started, 2s)',
  },
  everyone: {
    kind: 'boolean',
    help: 'With a signal that is only sent: to all processes, not the first alone',
  },
  all: { kind: 'boolean', help: 'All live jobs, of everyone or of --owner and --task' },
  owner: { kind: 'text', value: 'OWNER', help: 'With --all: only jobs of this owner' },
  task: { kind: 'text', value: 'TASK', help: 'With --all: only jobs of this task' },
} as const

/** Signals that mean "end": they begin a stop, which goes on until nothing is left. */
const STOPPING = new Set(['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGKILL'])

export const kill = defineVerb({
  name: 'kill',
  summary: 'Stop jobs and everything that they started',
  usage: 'SELECTOR… [--signal S] [--grace T]  |  --all [--owner O] [--yes]',
  details: [
    'First SIGTERM to the job, then to all that is left of it, at the end of the grace SIGKILL; done when the kernel',
    'says that nothing is left. A restart policy does not start it again. Only processes of the job are signalled.',
    "An id or a name means that job, whoever owns it; a pattern (web-*) only own jobs, owner:NAME all of NAME's.",
  ].join('\n'),
  flags: FLAGS,
  rules: [
    { flag: 'owner', needs: ['all'], because: 'a selector names its jobs itself' },
    { flag: 'task', needs: ['all'], because: 'a selector names its jobs itself' },
    { flag: 'everyone', needs: ['signal'], because: 'a stop reaches all of them anyway' },
  ],
  positionals: { name: 'SELECTOR', min: 0, max: Number.POSITIVE_INFINITY },
  completes: { kind: 'jobs', live: true },
  examples: [
    { command: 'fettle kill web', does: 'stops it; says what ended it and that nothing is left' },
    { command: 'fettle kill web db --grace 10s', does: 'gives both ten seconds' },
    { command: 'fettle kill web --signal HUP', does: 'sends SIGHUP and nothing else' },
    { command: 'fettle kill --all --owner agent-1 --yes', does: 'all live jobs of agent-1, without asking' },
  ],
  async run(cli, args) {
    const signal = args.text('signal')
    const name = signal === null ? null : named('--signal', () => parseSignal(signal)).name
    await checkTargets(cli, args)
    if (name !== null && !STOPPING.has(name)) return await sendSignal(cli, args, name)
    if (args.on('everyone')) {
      throw new FettleError(
        'usage',
        `--everyone means nothing with ${name ?? ''}: a stop reaches all of them anyway`,
      )
    }
    using client = await connectDaemon(cli)
    using _progress = new Progress({ enabled: !cli.quiet && !cli.json, text: () => 'stopping …' })
    const { results } = await client.call('stopJobs', {
      body: {
        selectors: [...args.words],
        all: args.on('all'),
        ...(args.has('owner')
          ? { owner: args.text('owner') }
          : args.on('all')
            ? {}
            : { owner: defaultOwner() }),
        ...(args.has('task') ? { task: args.text('task') } : {}),
        ...(args.has('grace') ? { graceMs: args.number('grace') } : {}),
        ...(name === null ? {} : { signal: name }),
        actor: `owner:${defaultOwner()}`,
      },
    })
    _progress[Symbol.dispose]()
    if (cli.json) cli.data({ results })
    else {
      const told = results.map(describeStop).filter((text) => text !== null)
      for (const text of told) cli.line(text)
    }
    if (results.length === 0) cli.say('there is nothing to stop')
    // "all" inside a run means all but the run itself: it is told, and is no failure
    const counted = args.on('all')
      ? results.filter((result) => result.error?.code !== 'own_ancestor')
      : results
    for (const { error } of counted) if (error !== null) reportError(toFettleError(error), cli.json)
    const spared = results.filter((result) => !counted.includes(result))
    for (const { name: job, id } of spared)
      cli.say(`${job ?? id}: left alone: this command runs inside of it`)
    return stopExitCode(counted, (result) => toExitCode(toFettleError(result.error).kind))
  },
})

async function sendSignal(cli: Cli, args: ParsedArgs<typeof FLAGS>, signal: string): Promise<number> {
  if (args.has('grace')) {
    throw new FettleError(
      'usage',
      `--grace means nothing with ${signal}: it is sent once, and nothing follows it`,
    )
  }
  const jobs = targets(cli, args)
  using client = await connectDaemon(cli)
  const target = args.on('everyone') ? 'all' : 'leader'
  const failures: FettleError[] = []
  for (const job of jobs) {
    try {
      await client.call('signalJob', {
        params: { job: job.id },
        body: { signal, target, actor: `owner:${defaultOwner()}` },
      })
      if (cli.json) cli.data({ id: job.id, name: job.name, signal, target })
      else cli.line(`${job.name ?? job.id}: ${signal} sent`)
    } catch (error) {
      // One that has just ended must not keep the signal from the others.
      if (!(error instanceof FettleError)) throw error
      failures.push(reportError(error, cli.json))
    }
  }
  const [first] = failures
  if (first === undefined) return 0
  return failures.length === jobs.length ? toExitCode(first.kind) : 8
}

function targets(cli: Cli, args: ParsedArgs<typeof FLAGS>): JobView[] {
  const { jobs } = listJobViews(cli.home)
  if (!args.on('all'))
    return resolveSelectors({ selectors: args.words, jobs, owner: defaultOwner(), ownGlobs: true })
  const owner = args.text('owner')
  const task = args.text('task')
  return jobs.filter(
    (job) =>
      !isFinished(job) && (owner === null || job.owner === owner) && (task === null || job.task === task),
  )
}

async function checkTargets(cli: Cli, args: ParsedArgs<typeof FLAGS>): Promise<void> {
  if (args.words.includes(''))
    throw new FettleError('bad_value', 'A SELECTOR is empty, an id or a name was expected')
  if (!args.on('all')) {
    if (args.words.length === 0) {
      throw new FettleError('usage', 'No job was named', {
        hint: 'fettle kill SELECTOR…, or --all for every live job',
      })
    }
    return
  }
  if (args.words.length > 0) throw new FettleError('usage', '--all and a selector do not go together')
  const jobs = targets(cli, args)
  await confirm(cli, {
    question: `Stop all of ${formatCounted(jobs.length, 'live job', 'live jobs')}?`,
    items: jobs.map((job) => `${job.id}  ${job.name ?? '-'}  ${job.owner}`),
  })
}
