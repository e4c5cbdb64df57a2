import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { listProcesses } from '../../src/platform/linux/processes.ts'
import { BenchHome } from '../fettle/bench-home.ts'
import { inParallel } from '../harness/command.ts'
import { countDescriptors, countThreads, readMemory } from '../harness/process-readings.ts'
import { toRow, type SectionResult, type Table } from '../harness/row.ts'
import type { Section } from '../harness/section.ts'
import { fitSlope } from '../harness/statistics.ts'
import { until } from '../harness/until.ts'

const SAMPLES = 40
const QUARTERS = 4
const WIDTH = 8
/** Garbage is collected and files are closed before a sample is taken. */
const CALM_MS = 1_000

interface Sample {
  readonly jobs: number
  readonly anchorBytes: number
  readonly daemonBytes: number
  readonly anchorDescriptors: number
  readonly daemonDescriptors: number
  readonly threads: number
  readonly zombies: number
  readonly sharedMemoryFiles: number
  readonly runtimeFiles: number
}

/** Many short jobs, one after another: what stays behind in anchor and daemon. */
export function soak(jobs: number): Section {
  return {
    name: 'soak',
    async run({ scratch, say }): Promise<SectionResult> {
      await using home = await BenchHome.start(scratch)
      const samples: Sample[] = []
      const batch = Math.ceil(jobs / SAMPLES)
      const startedMs = performance.now()
      for (let started = 0; started < jobs; started += batch) {
        await inParallel({ count: batch, width: WIDTH }, async () => {
          await home.start({ argv: ['sh', '-c', 'echo a line of output'] })
        })
        await until(async () => (await home.client.call('daemonStatus')).jobs.live === 0, {
          what: 'all outcomes',
        })
        await Bun.sleep(CALM_MS)
        samples.push(takeSample(home, started + batch))
        if ((samples.length * QUARTERS) % SAMPLES === 0) say(`${started + batch} jobs`)
      }
      const perSecond = jobs / ((performance.now() - startedMs) / 1000 - (samples.length * CALM_MS) / 1000)
      return { rows: toRows(samples, { jobs, perSecond }), tables: [toTable(samples)] }
    },
  }
}

function takeSample(home: BenchHome, jobs: number): Sample {
  const { anchor, daemon } = home.processes()
  if (anchor === null || daemon === null) throw new Error('anchor or daemon died during the soak')
  const runtime = dirname(home.client.socketPath)
  return {
    jobs,
    anchorBytes: readMemory(anchor).privateBytes,
    daemonBytes: readMemory(daemon).privateBytes,
    anchorDescriptors: countDescriptors(anchor),
    daemonDescriptors: countDescriptors(daemon),
    threads: countThreads(anchor) + countThreads(daemon),
    zombies: listProcesses().filter(
      ({ ppid, state }) => state === 'Z' && (ppid === anchor || ppid === daemon),
    ).length,
    sharedMemoryFiles: readdirSync('/dev/shm').length,
    runtimeFiles: readdirSync(runtime).length + readdirSync(join(runtime, 'k')).length,
  }
}

/** The last quarter beside the second one: the first is warming up. */
function toRows(
  samples: readonly Sample[],
  { jobs, perSecond }: { jobs: number; perSecond: number },
): SectionResult['rows'] {
  const quarter = samples.length / QUARTERS
  const [second, last] = [samples.slice(quarter, 2 * quarter), samples.slice(3 * quarter)]
  const later = samples.slice(quarter)
  return (['anchorBytes', 'daemonBytes'] as const).map((key) => {
    const who = key === 'anchorBytes' ? 'Anchor' : 'Daemon'
    const toMegabytes = (list: readonly Sample[]): number[] => list.map((sample) => sample[key] / 1e6)
    const slope = fitSlope(later.map((sample) => ({ x: sample.jobs / 1000, y: sample[key] / 1e3 })))
    return toRow({
      id: `soak-${who.toLowerCase()}`,
      what: `${who}'s private memory in the last quarter of ${jobs.toLocaleString('en')} short jobs`,
      unit: 'MB',
      fettle: toMegabytes(last),
      peers: [{ name: 'its second quarter', values: toMegabytes(second) }],
      ratioTo: 'its second quarter',
      goals: [{ of: 'ratio', atMost: 1.05 }],
      notes: [
        `Fitted slope after the first quarter: ${slope.toFixed(1)} kB per 1,000 jobs. ${perSecond.toFixed(0)} jobs per second.`,
      ],
    })
  })
}

function toTable(samples: readonly Sample[]): Table {
  const each = samples.length / QUARTERS
  const ends = samples.filter((_, i) => (i + 1) % each === 0)
  return {
    title: 'Soak',
    intro: 'At the end of each quarter, all jobs ended.',
    head: [
      'jobs',
      'anchor private MB',
      'daemon private MB',
      'anchor descriptors',
      'daemon descriptors',
      'threads',
      'zombies',
      'files in /dev/shm',
      'files in the runtime folder',
    ],
    lines: ends.map((sample) => [
      sample.jobs.toLocaleString('en'),
      (sample.anchorBytes / 1e6).toFixed(1),
      (sample.daemonBytes / 1e6).toFixed(1),
      ...[
        sample.anchorDescriptors,
        sample.daemonDescriptors,
        sample.threads,
        sample.zombies,
        sample.sharedMemoryFiles,
        sample.runtimeFiles,
      ].map(String),
    ]),
  }
}
