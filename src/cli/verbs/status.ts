import { formatCounted } from '../../core/parse/count.ts'
import { formatDuration } from '../../core/parse/duration.ts'
import { formatSize } from '../../core/parse/size.ts'
import { quoteArgv } from '../../core/text/quote-argv.ts'
import { FettleClient } from '../../client/client.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import { daemonSocket } from '../../store/layout.ts'
import type { Cli } from '../cli.ts'
import { tryStatus } from '../daemon/connect-daemon.ts'
import { findLeftovers, nameLeftovers } from '../disk/find-leftovers.ts'
import { findRemarks } from '../disk/find-remarks.ts'
import { findJobs } from '../disk/read-jobs.ts'
import { listJobViews } from '../../store/run-files/job-views.ts'
import { endSentence, isFinished, stateText, stateTint, type LivingOn } from '../render/job-state.ts'
import { localTime } from '../render/event-line.ts'
import { defaultOwner } from '../run/owner.ts'
import { defineVerb } from '../verb.ts'

export const status = defineVerb({
  name: 'status',
  summary: 'One job in full, or how things stand in a few lines',
  usage: '[SELECTOR…]',
  details:
    'With a selector: exit 0 when the jobs run (or ended well), 3 when one does not run or has failed.',
  flags: {},
  positionals: { name: 'SELECTOR', min: 0, max: Number.POSITIVE_INFINITY },
  completes: { kind: 'jobs', live: false },
  examples: [
    { command: 'fettle status', does: 'daemon, number of jobs, what needs attention' },
    { command: 'fettle status web', does: 'state, command, limits, output of web' },
  ],
  async run(cli, args) {
    if (args.words.length === 0) return await overview(cli)
    const jobs = findJobs(cli.home, args.words, defaultOwner())
    const remarks = findRemarks(jobs)
    const livingOn = findLeftovers(cli.home, jobs)
    for (const job of jobs) {
      if (cli.json) cli.data(job)
      else cli.out(details(cli, job, { remark: remarks.get(job.id), livingOn }))
    }
    return jobs.every((job) => isWell(job) && !remarks.has(job.id)) ? 0 : 3
  },
})

function isWell(job: JobView): boolean {
  if (job.restart.crashLoop) return false
  if (job.outcome === null) return true
  const { state, code, reason } = job.outcome
  return state === 'exited' && code === 0 && reason !== 'backend_lost'
}

/** Somebody stopped it, or put another in its place: nothing that needs attention. */
function wasWanted({ outcome }: JobView): boolean {
  return outcome?.state === 'exited' && (outcome.reason === 'killed' || outcome.reason === 'superseded')
}

async function overview(cli: Cli): Promise<number> {
  const { jobs, damaged } = listJobViews(cli.home)
  using client = new FettleClient({ socketPath: daemonSocket(cli.home) })
  const daemon = await tryStatus(client)
  const live = jobs.filter((job) => !isFinished(job))
  const ill = jobs.filter((job) => !isWell(job) && !wasWanted(job))
  const output = jobs.reduce((sum, job) => sum + job.output.bytes - job.output.droppedBytes, 0)
  if (cli.json) {
    cli.data({
      daemon,
      jobs: {
        live: live.length,
        finished: jobs.length - live.length,
        failed: ill.length,
        damaged: damaged.length,
      },
      outputBytes: output,
    })
    return 0
  }
  cli.line(
    daemon === null
      ? 'daemon    does not run (verbs that act start it)'
      : `daemon    pid ${daemon.pid}, version ${daemon.version}`,
  )
  if (daemon?.paused === true) cli.line('paused    starts and restarts are held (fettle resume)')
  cli.line(
    `jobs      ${live.length} live, ${jobs.length - live.length} finished, ${ill.length} of them not well`,
  )
  cli.line(`output    ${formatSize(output)} kept`)
  if (damaged.length > 0)
    cli.line(`damaged   ${formatCounted(damaged.length, 'record', 'records')} (fettle doctor)`)
  const nowMs = Date.now()
  const livingOn = findLeftovers(cli.home, jobs)
  for (const job of ill.slice(-10)) {
    cli.line(
      `          ${job.name ?? job.id}: ${cli.paint(stateTint(job, livingOn), stateText(job, nowMs, livingOn))}`,
    )
  }
  return 0
}

function details(
  cli: Cli,
  job: JobView,
  { remark, livingOn }: { readonly remark: string | undefined; readonly livingOn: LivingOn },
): string {
  const { spec, run, outcome } = job
  const rows: (readonly [string, string | null])[] = [
    ['id', job.id],
    ['name', job.name],
    ['state', cli.paint(stateTint(job, livingOn), remark ?? stateText(job, Date.now(), livingOn))],
    ['owner', job.task === null ? job.owner : `${job.owner}, task ${job.task}`],
    [
      'labels',
      Object.entries(job.labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(' ') || null,
    ],
    ['command', quoteArgv(spec.argv)],
    ['directory', spec.cwd],
    [
      'run',
      run === null
        ? null
        : `${run.n}${run.pid === null || outcome !== null ? '' : `, pid ${run.pid}`}, started ${localTime(run.startedAtMs)}`,
    ],
    ['ended', outcome === null ? null : `${localTime(outcome.endedAtMs)}: ${endSentence(outcome)}`],
    ['evidence', outcome?.evidence ?? null],
    ['used', outcome === null ? null : usage(outcome.cpuMs, outcome.maxRssBytes)],
    [
      'output',
      `${formatSize(job.output.bytes)}${job.output.droppedBytes === 0 ? '' : `, ${formatSize(job.output.droppedBytes)} dropped`}`,
    ],
    ['terminal', spec.pty === null ? null : `${spec.pty.rows} rows, ${spec.pty.cols} columns`],
    ['stdin', spec.stdin === 'none' ? null : spec.stdin],
    ['limits', limitsText(job)],
    ['restart', restartText(job)],
    ['ready', spec.readiness === null ? null : readinessText(spec.readiness)],
    ['after', spec.after.map(({ job: other, condition }) => `${other}:${condition}`).join(' ') || null],
    ['watch', spec.watch.patterns.join(' | ') || null],
    ['left over', nameLeftovers(cli.home, job).join(', ') || null],
  ]
  return `${rows.flatMap(([name, text]) => (text === null ? [] : [`${name.padEnd(9)} ${text}`])).join('\n')}\n`
}

function usage(cpuMs: number | null, maxRssBytes: number | null): string {
  const cpu = cpuMs === null ? 'CPU time not known' : `${formatDuration(cpuMs)} of CPU time`
  return maxRssBytes === null ? cpu : `${cpu}, at most ${formatSize(maxRssBytes)} resident`
}

function limitsText({ spec: { limits, stop }, run }: JobView): string {
  const { amended } = run ?? { amended: null }
  const parts = [
    timeLimit('deadline', limits.deadlineMs, amended === null ? limits.deadlineMs : amended.deadlineMs),
    timeLimit('wall deadline', limits.deadlineWallMs, limits.deadlineWallMs),
    timeLimit('idle', limits.idleMs, amended === null ? limits.idleMs : amended.idleMs),
    limits.memoryBytes === null ? null : `memory ${formatSize(limits.memoryBytes)}`,
    limits.processes === null ? null : `${limits.processes} processes`,
    limits.openFiles === null ? null : `${limits.openFiles} open files`,
    `output ${formatSize(limits.maxOutputBytes)}`,
    `grace ${formatDuration(stop.graceMs)}`,
  ]
  return parts.filter((part) => part !== null).join(', ')
}

/** What holds now; where that was changed, also what the run was started with. */
function timeLimit(name: string, startedMs: number | null, nowMs: number | null): string | null {
  if (startedMs === nowMs) return nowMs === null ? null : `${name} ${formatDuration(nowMs)}`
  const show = (ms: number | null): string => (ms === null ? 'none' : formatDuration(ms))
  return `${name} ${show(nowMs)} (amended, was ${show(startedMs)})`
}

function restartText({ spec, restart }: JobView): string | null {
  if (spec.restart.when === 'never') return null
  const { when, budget, windowMs } = spec.restart
  const loop = restart.crashLoop ? '; crash loop: "fettle restart" begins anew' : ''
  return `${when}, at most ${budget} starts in ${formatDuration(windowMs)}, ${restart.startsMs.length} so far${loop}`
}

function readinessText(readiness: NonNullable<JobView['spec']['readiness']>): string {
  switch (readiness.kind) {
    case 'output':
      return `output ${readiness.pattern}`
    case 'port':
      return `port ${readiness.port}`
    case 'http':
      return readiness.url
    case 'file':
      return `file ${readiness.path}`
    case 'command':
      return quoteArgv(readiness.argv)
  }
}
