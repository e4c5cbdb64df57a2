import { cpus, freemem } from 'node:os'
import { BenchHome } from '../fettle/bench-home.ts'
import { inParallel } from '../harness/command.ts'
import { toRow, type Row, type SectionResult, type Table } from '../harness/row.ts'
import type { Section, SectionContext } from '../harness/section.ts'
import { quantile } from '../harness/statistics.ts'
import { readHomeMemory, type HomeMemory } from './home-memory.ts'
import { measureIdle, type IdleReading } from './idle.ts'
import { measureRecovery } from './recovery.ts'

/** Jobs that are alive at once. */
const LEVELS = [1, 10, 100, 200, 1000]
const MEASURED_IN_FULL = 200
const TERMINALS = 20
/** A home limits the living jobs of each owner. */
const JOBS_PER_OWNER = 100
/** What a keeper and its job may need, with page tables and kernel memory. */
const BYTES_PER_JOB = 8e6
const BYTES_IN_RESERVE = 1e9
const REPEATS = 5

interface Level {
  readonly jobs: number
  readonly startsPerSecond: number
  readonly psMs: number
  readonly apiListMs: number
  readonly memory: HomeMemory
  readonly idle: IdleReading | null
}

/** One home that grows: what a job more costs, and what 200 idle ones cost. */
export const scale: Section = {
  name: 'scale',
  async run(context): Promise<SectionResult> {
    await using home = await BenchHome.start(context.scratch)
    const wanted = context.quick ? [1, 10, 30] : LEVELS
    const full = context.quick ? 30 : MEASURED_IN_FULL
    const levels: Level[] = []
    const rows: Row[] = []
    const skipped: string[] = []
    for (const jobs of wanted) {
      if (jobs > full && freemem() < jobs * BYTES_PER_JOB + BYTES_IN_RESERVE) {
        skipped.push(`${jobs} jobs were left out: this machine has ${(freemem() / 1e9).toFixed(1)} GB free.`)
        continue
      }
      context.say(`${jobs} idle jobs`)
      const level = await grow(home, context, {
        from: levels.at(-1)?.jobs ?? 0,
        to: jobs,
        isFull: jobs === full,
      })
      levels.push(level)
      if (jobs === full)
        rows.push(...fullRows(level), await measureRecovery(home, { jobs, quick: context.quick }))
    }
    return { rows, tables: [growthTable(levels, skipped)] }
  },
}

async function grow(
  home: BenchHome,
  context: SectionContext,
  level: { readonly from: number; readonly to: number; readonly isFull: boolean },
): Promise<Level> {
  const { from, to, isFull } = level
  const startedMs = performance.now()
  await inParallel({ count: to - from, width: 8 }, async (index) => {
    const number = from + index
    await home.start({
      argv: ['sleep', '1000000'],
      owner: `owner-${Math.floor(number / JOBS_PER_OWNER)}`,
      ...(isFull && number >= to - TERMINALS ? { pty: true } : {}),
    })
  })
  const startsPerSecond = (to - from) / ((performance.now() - startedMs) / 1000)
  const idle = await idleOf(home, context, { jobs: to, isFull })
  const memory = readHomeMemory(home)
  const psTimes = Array.from({ length: REPEATS }, () => home.cli('ps').elapsedMs)
  const listTimes: number[] = []
  for (let i = 0; i < REPEATS; i++) {
    const askedMs = performance.now()
    const { length } = await home.jobs()
    listTimes.push(performance.now() - askedMs)
    if (length !== to) throw new Error(`the API lists ${length} jobs of ${to}`)
  }
  const [psMs, apiListMs] = [quantile(psTimes, 0.5), quantile(listTimes, 0.5)]
  return { jobs: to, startsPerSecond, psMs, apiListMs, memory, idle }
}

/** In the second minute at the level that has goals; for a while at the others; not at all for a single job. */
async function idleOf(
  home: BenchHome,
  { quick }: SectionContext,
  level: { readonly jobs: number; readonly isFull: boolean },
): Promise<IdleReading | null> {
  if (quick) return await measureIdle(home, { settleMs: 3_000, windowMs: 5_000 })
  if (level.isFull) return await measureIdle(home, { settleMs: 60_000, windowMs: 30_000 })
  return level.jobs === 1 ? null : await measureIdle(home, { settleMs: 10_000, windowMs: 15_000 })
}

function fullRows({ jobs, memory, idle }: Level): Row[] {
  if (idle === null) return []
  return [
    toRow({
      id: 'idle-cpu',
      what: `${jobs} idle jobs, all of fettle, share of one core`,
      unit: '%',
      fettle: [idle.cpuPercent],
      goals: [{ of: 'value', atMost: 0.1 }],
      notes: [
        `${(idle.windowMs / 1000).toFixed(0)} s, beginning ${(idle.settleMs / 1000).toFixed(0)} s after the last start, on ${cpus().length} cores. ${idle.breakdown}`,
      ],
    }),
    toRow({
      id: 'idle-switches',
      what: `${jobs} idle jobs, all of fettle, context switches`,
      unit: 'switches/s',
      fettle: [idle.switchesPerSecond],
      goals: [{ of: 'value', atMost: 20 }],
    }),
    toRow({
      id: 'daemon-memory',
      what: `Daemon's RSS with ${jobs} jobs, ${TERMINALS} of them terminals`,
      unit: 'MB',
      fettle: [memory.daemonRssBytes / 1e6],
      goals: [{ of: 'value', atMost: 90 }],
    }),
  ]
}

function growthTable(levels: readonly Level[], skipped: readonly string[]): Table {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)
  return {
    title: 'Growth',
    intro: [
      'One home with so many idle jobs. Keepers: private memory, median of all. Total: PSS of all fettle processes.',
      ...skipped,
    ].join(' '),
    head: [
      'jobs',
      'starts/s',
      '`ps` ms',
      '`GET /v1/jobs` ms',
      'idle % of a core',
      'switches/s',
      'keeper private MB',
      'anchor private MB',
      'daemon RSS MB',
      'total MB',
    ],
    lines: levels.map(({ jobs, startsPerSecond, psMs, apiListMs, idle, memory }) => [
      String(jobs),
      startsPerSecond.toFixed(0),
      psMs.toFixed(1),
      apiListMs.toFixed(1),
      idle === null ? '–' : idle.cpuPercent.toFixed(3),
      idle === null ? '–' : idle.switchesPerSecond.toFixed(1),
      megabytes(memory.keeperPrivateBytes),
      megabytes(memory.anchorPrivateBytes),
      megabytes(memory.daemonRssBytes),
      megabytes(memory.totalPssBytes),
    ]),
  }
}
