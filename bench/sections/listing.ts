import { BenchHome } from '../fettle/bench-home.ts'
import { inParallel } from '../harness/command.ts'
import { interleave, Series } from '../harness/interleave.ts'
import { toRow, type Goal, type SectionResult } from '../harness/row.ts'
import type { Section, SectionContext } from '../harness/section.ts'
import { EmptyProgram } from '../peers/empty-program.ts'
import type { Peer } from '../peers/find-peers.ts'
import { measurePeer } from '../peers/measure-peer.ts'
import { Pm2 } from '../peers/pm2.ts'
import { Supervisord } from '../peers/supervisord.ts'
import { Tmux } from '../peers/tmux.ts'

const JOBS = 100
const IDLE = 'exec sleep 1000000'
const TMUX = '`tmux ls`'
const EMPTY = 'an empty program of the same runtime'
const GOALS: readonly Goal[] = [
  { of: 'ratio', atMost: 2.5 },
  { of: 'value', atMost: 10 },
]

/** A listing of a hundred living jobs, the whole command, with a daemon and without one. */
export const listing: Section = {
  name: 'ps',
  async run(context): Promise<SectionResult> {
    const { scratch, peers, quick, say } = context
    await using home = await BenchHome.start(scratch)
    await inParallel({ count: JOBS, width: 8 }, async () => {
      await home.start({ argv: ['sh', '-c', IDLE] })
    })
    await using tmux = peers.tmux === null ? null : Tmux.start(scratch, peers.tmux)
    if (tmux !== null) for (let i = 1; i < JOBS; i++) tmux.run('new-session', '-d', '-s', `j${i}`, IDLE)

    const rounds = quick ? 7 : 31
    const program = new EmptyProgram(scratch)
    const measure = async (): Promise<{ fettle: number[]; tmux: number[] | null; empty: number[] }> => {
      const empty = new Series(() => program.run())
      const fettle = new Series(() => home.cli('ps').elapsedMs)
      const inTmux = tmux === null ? null : new Series(() => tmux.run('ls').elapsedMs)
      await interleave([empty, fettle, ...(inTmux === null ? [] : [inTmux])], { rounds, warmUps: 2 })
      return { fettle: fettle.values, tmux: inTmux?.values ?? null, empty: empty.values }
    }
    const listed = home.cli('ps').stdout.trim().split('\n').length - 1
    if (listed !== JOBS) throw new Error(`fettle ps lists ${listed} jobs of ${JOBS}`)
    const up = await measure()
    home.cli('daemon', 'stop')
    const down = await measure()
    const others = [
      {
        name: '`pm2 ls`',
        values: await measurePeer(peers.pm2, async (peer) => await listByPm2(context, peer), say),
      },
      {
        name: '`supervisorctl status`',
        values: await measurePeer(
          peers.supervisord,
          async (peer) => await listBySupervisord(context, peer),
          say,
        ),
      },
    ]
    return {
      rows: [
        toRow({
          id: 'ps-up',
          what: '`ps` with 100 jobs, daemon up',
          unit: 'ms',
          fettle: up.fettle,
          peers: [{ name: TMUX, values: up.tmux }, { name: EMPTY, values: up.empty }, ...others],
          ratioTo: TMUX,
          goals: GOALS,
        }),
        toRow({
          id: 'ps-down',
          what: '`ps` with 100 jobs, daemon down',
          unit: 'ms',
          fettle: down.fettle,
          peers: [
            { name: TMUX, values: down.tmux },
            { name: EMPTY, values: down.empty },
          ],
          ratioTo: TMUX,
          goals: GOALS,
        }),
      ],
    }
  },
}

async function listByPm2({ scratch, quick }: SectionContext, peer: Peer): Promise<number[]> {
  await using pm2 = Pm2.start(scratch, peer)
  pm2.run('start', pm2.jobsFile(JOBS, IDLE))
  return Array.from({ length: quick ? 2 : 7 }, () => pm2.run('ls').elapsedMs)
}

async function listBySupervisord({ scratch, quick }: SectionContext, peer: Peer): Promise<number[]> {
  const jobs = { count: JOBS, script: IDLE }
  await using supervisord = await Supervisord.start(scratch, peer, jobs)
  supervisord.control('start', 'all')
  return Array.from({ length: quick ? 2 : 7 }, () => supervisord.control('status'))
}
