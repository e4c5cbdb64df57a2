import { FettleError } from '../../core/errors.ts'
import { parseOwnerName } from '../../core/job/owner-name.ts'
import { formatDuration } from '../../core/parse/duration.ts'
import { connectDaemon } from '../daemon/connect-daemon.ts'
import { findJob } from '../disk/read-jobs.ts'
import type { ParsedArgs } from '../parse-args.ts'
import { readDuration } from '../read-value.ts'
import { defaultOwner } from '../run/owner.ts'
import { defineVerb } from '../verb.ts'

const FLAGS = {
  deadline: { kind: 'text', value: 'TIME|none', help: "New deadline, counted from the run's start" },
  idle: { kind: 'text', value: 'TIME|none', help: 'New limit of time without output' },
  owner: { kind: 'text', value: 'OWNER', help: 'Give the job to another owner' },
} as const

export const amend = defineVerb({
  name: 'amend',
  summary: 'Change limits or owner of a job that runs',
  usage: 'SELECTOR [--deadline TIME|none] [--idle TIME|none] [--owner OWNER]',
  flags: FLAGS,
  positionals: { name: 'SELECTOR', min: 1, max: 1 },
  completes: { kind: 'jobs', live: true },
  examples: [
    { command: 'fettle amend build --deadline 1h', does: 'the run may take an hour in all' },
    { command: 'fettle amend web --idle none', does: 'silence does not end it any more' },
  ],
  async run(cli, args) {
    if (!args.has('deadline') && !args.has('idle') && !args.has('owner')) {
      throw new FettleError('usage', 'Nothing was given to change', { hint: '--deadline, --idle or --owner' })
    }
    const { id, name } = findJob(cli.home, args.words[0] ?? '', defaultOwner())
    using client = await connectDaemon(cli)
    const params = { job: id }
    const given = args.text('owner')
    if (given !== null) {
      const owner = parseOwnerName('--owner', given)
      const { job } = await client.call('moveJob', {
        params,
        body: { owner, actor: `owner:${defaultOwner()}` },
      })
      if (!cli.json) cli.line(`${name ?? id}: belongs to ${job.owner}`)
      else if (!args.has('deadline') && !args.has('idle')) cli.data(job)
    }
    if (!args.has('deadline') && !args.has('idle')) return 0
    const { limits } = await client.call('amendJob', {
      params,
      body: { ...limit('deadlineMs', args, 'deadline'), ...limit('idleMs', args, 'idle') },
    })
    if (cli.json) cli.data({ id, limits })
    else cli.line(`${name ?? id}: deadline ${show(limits.deadlineMs)}, idle ${show(limits.idleMs)}`)
    return 0
  },
})

function limit<K extends string>(
  key: K,
  args: ParsedArgs<typeof FLAGS>,
  flag: 'deadline' | 'idle',
): Partial<Record<K, number | null>> {
  const part: Partial<Record<K, number | null>> = {}
  const text = args.text(flag)
  if (text !== null) part[key] = text === 'none' ? null : readDuration(`--${flag}`, text)
  return part
}

function show(ms: number | null): string {
  return ms === null ? 'none' : formatDuration(ms)
}
