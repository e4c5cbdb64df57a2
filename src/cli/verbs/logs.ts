import { FettleError } from '../../core/errors.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import type { Cli } from '../cli.ts'
import { findEnclosingRun } from '../daemon/inside-run.ts'
import { findJob } from '../disk/read-jobs.ts'
import { readSince } from '../logs/choose-range.ts'
import type { RangeWish } from '../logs/choose-range.ts'
import { createLineFilter } from '../logs/line-filter.ts'
import { showLogs } from '../logs/show-logs.ts'
import type { ParsedArgs } from '../parse-args.ts'
import { defaultOwner } from '../run/owner.ts'
import { defineVerb } from '../verb.ts'

const FLAGS = {
  all: { kind: 'boolean', short: 'a', help: 'From the first byte that is kept' },
  head: { kind: 'integer', value: 'N', help: 'The first N lines' },
  tail: { kind: 'integer', short: 'n', value: 'N', help: 'The last N lines (default 100; 10 with --follow)' },
  from: { kind: 'integer', value: 'CURSOR', help: 'From this byte on, as "next" of an earlier answer said' },
  since: { kind: 'text', value: 'T', help: 'What came since: 10m ago, or a date and time' },
  follow: { kind: 'boolean', short: 'f', help: 'Go on with what comes, until the run has ended' },
  stream: { kind: 'choice', choices: ['out', 'err'], help: 'One stream of a job started with --split' },
  grep: {
    kind: 'text',
    short: 'g',
    value: 'P',
    help: 'Only lines that hold this text, or match /regex/; of all that is kept unless a start is given',
  },
  raw: { kind: 'boolean', help: 'Bytes as they were printed, control sequences included' },
  unredacted: { kind: 'boolean', help: 'With --raw: leave secrets in (refused inside a run)' },
  run: { kind: 'integer', value: 'N', min: 1, help: 'An earlier run of the job' },
} as const

const STARTS = ['all', 'head', 'tail', 'from', 'since'] as const
const ONE_START = 'they say in different ways where to begin'

export const logs = defineVerb({
  name: 'logs',
  summary: 'Show what a job printed, from disk',
  usage: 'SELECTOR [--all | --head N | --tail N | --from CURSOR | --since T] [--follow] …',
  details: [
    'Text is stripped of control sequences and known secrets are masked. Dropped bytes are stated where they are',
    'missing. Of a job with --split, stderr is written to stderr. With --json: {from,to,next,droppedBytes,text}.',
  ].join('\n'),
  flags: FLAGS,
  rules: [
    { flag: 'all', excludes: ['head', 'tail', 'from', 'since'], because: ONE_START },
    { flag: 'head', excludes: ['tail', 'from', 'since'], because: ONE_START },
    { flag: 'tail', excludes: ['from', 'since'], because: ONE_START },
    { flag: 'from', excludes: ['since'], because: ONE_START },
    { flag: 'head', excludes: ['follow'], because: 'the first lines do not go on' },
    { flag: 'unredacted', needs: ['raw'], because: 'text for readers is always redacted' },
  ],
  positionals: { name: 'SELECTOR', min: 1, max: 1 },
  completes: { kind: 'jobs', live: false },
  examples: [
    { command: 'fettle logs web --follow', does: 'the last lines, and what comes' },
    {
      command: 'fettle logs build --since 10m --grep /error|warn/i',
      does: 'lines of the last ten minutes that match',
    },
    { command: 'fettle logs web --from 120344 --json', does: 'what came after an earlier answer' },
    { command: 'fettle logs web --raw --all > web.log', does: 'the bytes as they were printed' },
  ],
  async run(cli, args) {
    const job = findJob(cli.home, args.words[0] ?? '', defaultOwner())
    checkWishes(cli, args, job)
    const grep = args.text('grep')
    return await showLogs({
      cli,
      job,
      run: chooseRun(job, args.number('run')),
      wish: toWish(args),
      // a reader who did not choose is told what he does not see
      chosen: STARTS.some((name) => args.has(name)),
      follow: args.on('follow'),
      stream: args.text('stream') === 'err' ? 'err' : args.text('stream') === 'out' ? 'out' : null,
      raw: args.on('raw'),
      unredacted: args.on('unredacted'),
      keep: grep === null ? null : await createLineFilter(grep),
    })
  },
})

function toWish(args: ParsedArgs<typeof FLAGS>): RangeWish {
  if (args.on('all')) return { kind: 'all' }
  const head = args.number('head')
  if (head !== null) return { kind: 'head', lines: head }
  const from = args.number('from')
  if (from !== null) return { kind: 'from', offset: from }
  const since = args.text('since')
  if (since !== null) return { kind: 'since', atMs: readSince(since, Date.now()) }
  // whoever looks for a line means it wherever it is
  if (args.has('grep') && !args.has('tail') && !args.on('follow')) return { kind: 'all' }
  return { kind: 'tail', lines: args.number('tail') ?? (args.on('follow') ? 10 : 100) }
}

function checkWishes(cli: Cli, args: ParsedArgs<typeof FLAGS>, job: JobView): void {
  if (args.has('stream') && args.text('stream') === 'err' && !job.spec.split) {
    throw new FettleError(
      'not_split',
      `${job.name ?? job.id} has one stream: stdout and stderr came through one pipe`,
      {
        hint: 'Start it with --split to tell them apart',
      },
    )
  }
  if (args.on('unredacted') && findEnclosingRun(cli.home) !== null) {
    throw new FettleError('not_owner', '--unredacted is refused to a command inside a run', {
      hint: 'Without it, known secrets are masked',
    })
  }
}

function chooseRun(job: JobView, wanted: number | null): number {
  const newest = job.run?.n ?? 0
  if (wanted === null) return newest
  if (wanted > newest) {
    throw new FettleError(
      'run_not_found',
      `${job.name ?? job.id} has ${newest} runs, there is no run ${wanted}`,
    )
  }
  return wanted
}
