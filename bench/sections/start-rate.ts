import { statSync } from 'node:fs'
import { join } from 'node:path'
import { BenchHome } from '../fettle/bench-home.ts'
import { inParallel } from '../harness/command.ts'
import { interleave, Series } from '../harness/interleave.ts'
import { toRow, type SectionResult } from '../harness/row.ts'
import type { Scratch } from '../harness/scratch.ts'
import type { Section } from '../harness/section.ts'
import { summarise } from '../harness/statistics.ts'
import { until } from '../harness/until.ts'
import type { Peer } from '../peers/find-peers.ts'
import { measurePeer } from '../peers/measure-peer.ts'
import { Pm2 } from '../peers/pm2.ts'
import { Supervisord } from '../peers/supervisord.ts'
import { Tmux } from '../peers/tmux.ts'

const JOBS = 100
const WIDTH = 8
const TMUX = 'tmux `new-window`'

/**
 * A hundred short jobs, eight at a time, from the first request until the last job has done its work (appended a
 * byte to a file): answering early gains nothing.
 */
export const startRate: Section = {
  name: 'start-rate',
  async run({ scratch, peers, quick, pairs, say }): Promise<SectionResult> {
    await using home = await BenchHome.start(scratch)
    await using tmux = peers.tmux === null ? null : Tmux.start(scratch, peers.tmux)
    const recordedMs: number[] = []
    const api = new Series(async () => {
      const { rate, allRecordedMs } = await byApi(home, scratch)
      recordedMs.push(allRecordedMs)
      return rate
    })
    const cli = new Series(async () => {
      const rate = await timeJobs(scratch, async (script) => {
        await inParallel({ count: JOBS, width: WIDTH }, async () => {
          await home.cliAsync('run', '--', 'sh', '-c', script)
        })
      })
      await settled(home)
      return rate
    })
    const inTmux =
      tmux === null
        ? null
        : new Series(() =>
            timeJobs(scratch, async (script) => {
              await inParallel({ count: JOBS, width: WIDTH }, async () => {
                await tmux.runAsync('new-window', '-d', script)
              })
            }),
          )
    await interleave([api, cli, ...(inTmux === null ? [] : [inTmux])], { rounds: Math.min(pairs, 4) })

    const rounds = quick ? 1 : 2
    const { pm2, supervisord } = peers
    const inPm2 = await measurePeer(pm2, async (peer) => await rateOfPm2(scratch, peer, rounds), say)
    const inSupervisord = await measurePeer(
      supervisord,
      async (peer) => await rateOfSupervisord(scratch, peer, rounds),
      say,
    )
    const others = [
      { name: 'pm2 `start FILE`', values: inPm2 },
      { name: '`supervisorctl start all`', values: inSupervisord },
    ]
    return {
      rows: [
        toRow({
          id: 'start-rate-api',
          what: 'Starts per second, through the API',
          unit: '/s',
          fettle: api.values,
          peers: [{ name: TMUX, values: inTmux?.values ?? null }, ...others],
          ratioTo: TMUX,
          goals: [{ of: 'ratio', atLeast: 0.9 }],
          notes: [
            `${JOBS} short jobs, ${WIDTH} at a time, until the last has done its work. All outcomes were recorded ${summarise(recordedMs).median.toFixed(0)} ms after that. pm2 and supervisord get all jobs with one command, as they are made to.`,
          ],
        }),
        toRow({
          id: 'start-rate-cli',
          what: 'Starts per second, `fettle run`',
          unit: '/s',
          fettle: cli.values,
          peers: [{ name: TMUX, values: inTmux?.values ?? null }],
          ratioTo: TMUX,
          notes: ['A process of the command line for each job on both sides.'],
        }),
      ],
    }
  },
}

async function byApi(home: BenchHome, scratch: Scratch): Promise<{ rate: number; allRecordedMs: number }> {
  const rate = await timeJobs(scratch, async (script) => {
    await inParallel({ count: JOBS, width: WIDTH }, async () => {
      await home.start({ argv: ['sh', '-c', script] })
    })
  })
  const doneAtMs = performance.now()
  await settled(home)
  return { rate, allRecordedMs: performance.now() - doneAtMs }
}

/** All outcomes are there: nothing of these jobs runs on into the next measurement. */
async function settled(home: BenchHome): Promise<void> {
  await until(async () => (await home.client.call('daemonStatus')).jobs.live === 0, { what: 'all outcomes' })
}

/** Jobs per second. `start` has to start all of them; each runs the script. */
async function timeJobs(scratch: Scratch, start: (script: string) => Promise<void> | void): Promise<number> {
  const done = join(scratch.folder(), 'done')
  const startedMs = performance.now()
  await start(`printf x >> ${done}`)
  await until(() => (statSync(done, { throwIfNoEntry: false })?.size ?? 0) >= JOBS, { what: 'all jobs' })
  return JOBS / ((performance.now() - startedMs) / 1000)
}

async function rateOfPm2(scratch: Scratch, peer: Peer, rounds: number): Promise<number[]> {
  await using pm2 = Pm2.start(scratch, peer)
  const rates: number[] = []
  for (let round = 0; round < rounds; round++) {
    rates.push(
      await timeJobs(scratch, (script) => {
        pm2.run('start', pm2.jobsFile(JOBS, script))
      }),
    )
    pm2.run('delete', 'all')
  }
  return rates
}

async function rateOfSupervisord(scratch: Scratch, peer: Peer, rounds: number): Promise<number[]> {
  const rates: number[] = []
  for (let round = 0; round < rounds; round++) {
    let supervisord: Supervisord | null = null
    try {
      // Its programs are in its configuration: it is up, with none started, before the clock starts.
      const done = join(scratch.folder(), 'done')
      supervisord = await Supervisord.start(scratch, peer, { count: JOBS, script: `printf x >> ${done}` })
      const startedMs = performance.now()
      supervisord.control('start', 'all')
      await until(() => (statSync(done, { throwIfNoEntry: false })?.size ?? 0) >= JOBS, { what: 'all jobs' })
      rates.push(JOBS / ((performance.now() - startedMs) / 1000))
    } finally {
      await supervisord?.[Symbol.asyncDispose]()
    }
  }
  return rates
}
