import { watch } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { FettleError } from '../../core/errors.ts'
import { EVENT_KINDS, isEventKind } from '../../core/events/event.ts'
import type { EventKind } from '../../core/events/event.ts'
import { isFeatureEnabled } from '../../platform/linux/features.ts'
import { openEventsForReading } from '../../store/events/open-events-for-reading.ts'
import type { EventReader } from '../../store/events/open-events-for-reading.ts'
import type { Cli } from '../cli.ts'
import { findJob } from '../disk/read-jobs.ts'
import { listJobViews } from '../../store/run-files/job-views.ts'
import { readSince } from '../logs/choose-range.ts'
import { nearest } from '../nearest.ts'
import type { ParsedArgs } from '../parse-args.ts'
import { eventLine } from '../render/event-line.ts'
import { defaultOwner } from '../run/owner.ts'
import { defineVerb } from '../verb.ts'

const FLAGS = {
  follow: { kind: 'boolean', short: 'f', help: 'Go on with what happens' },
  after: { kind: 'integer', value: 'SEQ', help: 'Events after this number; 0 for all' },
  tail: { kind: 'integer', short: 'n', value: 'N', help: 'The last N events (default 50; 0 with --follow)' },
  since: { kind: 'text', value: 'T', help: 'What happened since: 10m ago, or a date and time' },
  job: { kind: 'text', value: 'SELECTOR', help: 'Only events of this job' },
  kind: { kind: 'list', short: 'k', value: 'KIND', help: 'Only events of this kind' },
} as const

const PAGE = 1000
const LOOK_EVERY_MS = 250

export const events = defineVerb({
  name: 'events',
  summary: 'What happened, in order, from disk',
  usage: '[--follow] [--after SEQ | --since T] [--job SELECTOR] [--kind KIND]',
  details:
    'Each event has a number, an actor, and the number of the event that led to it. --json prints one object per line.',
  flags: FLAGS,
  rules: [
    { flag: 'after', excludes: ['tail', 'since'], because: 'both say where to begin' },
    { flag: 'tail', excludes: ['since'], because: 'both say where to begin' },
  ],
  positionals: { name: 'WORD', min: 0, max: 0 },
  examples: [
    { command: 'fettle events --follow', does: 'what happens from now on' },
    {
      command: 'fettle events --job web --kind run_ended --kind restart_planned',
      does: 'ends and restarts of web',
    },
    { command: 'fettle events --after 1200 --json', does: 'all after number 1200, as JSON lines' },
  ],
  async run(cli, args) {
    const kinds = args.list('kind').map(toKind)
    const selector = args.text('job')
    const jobId = selector === null ? undefined : findJob(cli.home, selector, defaultOwner()).id
    using reader = openEventsForReading(cli.home)
    const filter = { ...(jobId === undefined ? {} : { jobId }), ...(kinds.length === 0 ? {} : { kinds }) }
    const since = args.text('since')
    const sinceMs = since === null ? null : readSince(since, Date.now())
    const show = createShow(cli, sinceMs)
    let after = startOf(reader, args, filter)
    after = showAll(reader, after, filter, show)
    if (!args.on('follow')) return 0
    using wake = watchState(cli.home.state)
    for (;;) {
      after = showAll(reader, after, filter, show)
      await Promise.race([wake.changed(), sleep(LOOK_EVERY_MS)])
    }
  },
})

interface Filter {
  readonly jobId?: string
  readonly kinds?: readonly EventKind[]
}

type Show = (event: Parameters<typeof eventLine>[0]) => void

function showAll(reader: EventReader, after: number, filter: Filter, show: Show): number {
  let at = after
  for (;;) {
    const page = reader.read({ afterSeq: at, limit: PAGE, ...filter })
    for (const event of page.events) show(event)
    if (page.next === at) return at
    at = page.next
  }
}

/** Where the last N of those that are asked for begin; looked for backwards, in growing steps. */
function startOf(reader: EventReader, args: ParsedArgs<typeof FLAGS>, filter: Filter): number {
  const after = args.number('after')
  if (after !== null) return after
  // Times need not grow with the numbers (a clock that was set): all are looked at, and only what came since is shown.
  if (args.has('since')) return 0
  const { first, last } = reader.bounds()
  const wanted = args.number('tail') ?? (args.on('follow') ? 0 : 50)
  if (wanted === 0) return last
  for (let step = wanted; ; step *= 4) {
    const from = Math.max(first - 1, last - step, 0)
    const seqs: number[] = []
    showAll(reader, from, filter, (event) => seqs.push(event.seq))
    if (seqs.length >= wanted) return (seqs.at(-wanted) ?? 1) - 1
    if (from <= Math.max(first - 1, 0)) return from
  }
}

function createShow(cli: Cli, sinceMs: number | null): Show {
  const show = createAnyShow(cli)
  return sinceMs === null ? show : (event) => (event.atMs < sinceMs ? undefined : show(event))
}

function createAnyShow(cli: Cli): Show {
  if (cli.json) return (event) => cli.data(event)
  let names = readNames(cli)
  return (event) => {
    if (event.jobId !== null && !names.has(event.jobId)) names = readNames(cli)
    cli.line(eventLine(event, { paint: cli.paint, names }))
  }
}

function readNames(cli: Cli): Map<string, string> {
  return new Map(listJobViews(cli.home).jobs.map((job) => [job.id, job.name ?? job.id]))
}

function toKind(text: string): EventKind {
  if (isEventKind(text)) return text
  const near = nearest(text, EVENT_KINDS)
  throw new FettleError('bad_value', `--kind: "${text}" is not a kind of event`, {
    hint: near === null ? EVENT_KINDS.join(', ') : `Did you mean ${near}?`,
  })
}

/** A hint only: it is looked at from time to time as well. */
function watchState(state: string): { changed(): Promise<void> } & Disposable {
  let wake: (() => void) | null = null
  const ring = (): void => wake?.()
  const watcher = tryWatch(state, ring)
  return {
    changed: async () =>
      await new Promise<void>((resolve) => {
        wake = resolve
      }),
    [Symbol.dispose]: () => watcher?.close(),
  }
}

function tryWatch(state: string, ring: () => void): ReturnType<typeof watch> | null {
  if (!isFeatureEnabled('inotify')) return null
  try {
    const watcher = watch(state, ring)
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    // no such folder yet, or no inotify instance left: the looks have to do
    return null
  }
}
