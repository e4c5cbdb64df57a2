import { FettleError } from '../../core/errors.ts'
import { resolveSelectors } from '../../core/job/selector.ts'
import { RUN_STATE_NAMES } from '../../core/run/state.ts'
import { formatCounted } from '../../core/parse/count.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import { findLeftovers } from '../disk/find-leftovers.ts'
import { findRemarks } from '../disk/find-remarks.ts'
import { listJobViews } from '../../store/run-files/job-views.ts'
import { terminalColumns } from '../output.ts'
import type { ParsedArgs } from '../parse-args.ts'
import { isFinished, type LivingOn } from '../render/job-state.ts'
import { renderJobTable } from '../render/job-table.ts'
import { defaultOwner } from '../run/owner.ts'
import { defineVerb } from '../verb.ts'

const FLAGS = {
  all: { kind: 'boolean', short: 'a', help: 'All that is kept, however long ago it ended' },
  live: { kind: 'boolean', help: 'Only what has not ended' },
  owner: { kind: 'text', value: 'OWNER', help: "Only this owner's jobs" },
  task: { kind: 'text', value: 'TASK', help: 'Only jobs of this task' },
  state: { kind: 'list', value: 'STATE', help: 'Only jobs in this state (pending, running, exited, …)' },
  label: { kind: 'list', short: 'l', value: 'K[=V]', help: 'Only jobs with this label' },
  ids: { kind: 'boolean', help: 'Only ids, one per line' },
} as const

const FILTERS = ['all', 'live', 'owner', 'task', 'state', 'label'] as const
const STATES: readonly string[] = ['pending', ...RUN_STATE_NAMES]
const RECENT_MS = 3_600_000

export const ps = defineVerb({
  name: 'ps',
  summary: 'List jobs, from disk',
  usage: '[SELECTOR…] [-a] [--owner O] [--task T] [--state S]',
  details: [
    'Shows what lives and what ended within the last hour. Needs no daemon and starts none. "+2 left": two processes',
    'that the ended job was allowed to leave live on; "fettle kill" stops them.',
  ].join('\n'),
  flags: FLAGS,
  rules: [{ flag: 'live', excludes: ['all'], because: 'one shows less, the other more' }],
  positionals: { name: 'SELECTOR', min: 0, max: Number.POSITIVE_INFINITY },
  completes: { kind: 'jobs', live: false },
  examples: [
    { command: 'fettle ps', does: 'live jobs and those of the last hour' },
    { command: 'fettle ps -a --state exited --json', does: 'all that ended, as {"jobs":[…],"damaged":[…]}' },
    { command: "fettle ps 'web-*' --owner agent-1", does: 'jobs by name and owner' },
  ],
  run(cli, args) {
    const { jobs, damaged } = listJobViews(cli.home)
    const nowMs = Date.now()
    const livingOn = findLeftovers(cli.home, jobs)
    const shown = select(jobs, { args, nowMs, livingOn })
    if (cli.json) {
      cli.data({ jobs: shown, damaged })
      return 0
    }
    if (args.on('ids')) {
      for (const job of shown) cli.line(job.id)
      return 0
    }
    const remarks = findRemarks(shown)
    cli.out(
      renderJobTable({ jobs: shown, nowMs, width: terminalColumns(), paint: cli.paint, remarks, livingOn }),
    )
    const hidden = jobs.length - shown.length
    const asked = args.words.length > 0 || FILTERS.some((name) => args.has(name))
    if (shown.length === 0 && hidden > 0 && !asked) {
      cli.say(`${formatCounted(hidden, 'job is', 'jobs are')} not shown; -a shows all that are kept`)
    }
    for (const { path, why } of damaged) cli.say(`${path} cannot be read: ${why}`)
    return 0
  },
})

interface Choice {
  readonly args: ParsedArgs<typeof FLAGS>
  readonly nowMs: number
  readonly livingOn: LivingOn
}

function select(jobs: readonly JobView[], { args, nowMs, livingOn }: Choice): JobView[] {
  const lives = (job: JobView): boolean => !isFinished(job) || livingOn.has(job.id)
  const owner = args.text('owner')
  const task = args.text('task')
  const states = args.list('state')
  const wrong = states.find((state) => !STATES.includes(state))
  if (wrong !== undefined) {
    throw new FettleError('bad_value', `--state: "${wrong}" is not a state`, { hint: STATES.join(', ') })
  }
  const { words } = args
  const named =
    words.length === 0 ? jobs : resolveSelectors({ selectors: words, jobs, owner: owner ?? defaultOwner() })
  // what was named or asked for by its state is shown however old it is
  const everything = args.on('all') || words.length > 0 || states.length > 0
  return named.filter(
    (job) =>
      (owner === null || job.owner === owner) &&
      (task === null || job.task === task) &&
      (states.length === 0 || states.includes(job.state)) &&
      args.list('label').every((label) => hasLabel(job, label)) &&
      (!args.on('live') || lives(job)) &&
      (everything || lives(job) || nowMs - (job.outcome?.endedAtMs ?? job.createdAtMs) < RECENT_MS),
  )
}

function hasLabel(job: JobView, label: string): boolean {
  const at = label.indexOf('=')
  const key = at === -1 ? label : label.slice(0, at)
  return Object.hasOwn(job.labels, key) && (at === -1 || job.labels[key] === label.slice(at + 1))
}
