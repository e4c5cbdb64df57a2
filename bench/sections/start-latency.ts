import { BenchHome } from '../fettle/bench-home.ts'
import { interleave, Series } from '../harness/interleave.ts'
import { toRow, type SectionResult } from '../harness/row.ts'
import type { Section } from '../harness/section.ts'
import { Tmux } from '../peers/tmux.ts'

/** Says something and stays, so that everybody can still be asked for it. */
const SCRIPT = 'echo ready; exec sleep 1000000'
const DEADLINE_MS = 10_000
/** Before each start, so that it starts alone and not in the wake of the last one. */
const CALM_MS = 500
const TMUX = 'tmux `new-window`, `capture-pane`'

/** From asking for a job to holding the first line that it printed. */
export const startLatency: Section = {
  name: 'start-latency',
  async run({ scratch, peers, quick }): Promise<SectionResult> {
    await using home = await BenchHome.start(scratch)
    await using tmux = peers.tmux === null ? null : Tmux.start(scratch, peers.tmux)
    const throughCli = new Series(() => byCli(home))
    const throughApi = new Series(() => byApi(home))
    const inTmux = tmux === null ? null : new Series(() => byTmux(tmux))
    await interleave([throughCli, throughApi, ...(inTmux === null ? [] : [inTmux])], {
      rounds: quick ? 5 : 15,
      warmUps: 2,
    })
    return {
      rows: [
        toRow({
          id: 'start-latency-api',
          what: 'Start to first output readable, through the API',
          unit: 'ms',
          fettle: throughApi.values,
          goals: [{ of: 'value', atMost: 15 }],
          notes: [
            '`startJob`, then `logs` until the line is there. One job at a time, each half a second after the last, the daemon is up.',
          ],
        }),
        toRow({
          id: 'start-latency-cli',
          what: 'The same, typed: `fettle run`, then `fettle logs`',
          unit: 'ms',
          fettle: throughCli.values,
          peers: [{ name: TMUX, values: inTmux?.values ?? null }],
          ratioTo: TMUX,
        }),
      ],
    }
  },
}

/** How long it takes until `read` gives the line, ms. */
async function timeUntilReady(read: () => Promise<string> | string): Promise<number> {
  await Bun.sleep(CALM_MS)
  const startedMs = performance.now()
  while (!(await read()).includes('ready')) {
    if (performance.now() - startedMs > DEADLINE_MS) throw new Error('the first line never came')
  }
  return performance.now() - startedMs
}

async function byApi(home: BenchHome): Promise<number> {
  let id = ''
  const elapsedMs = await timeUntilReady(async () => {
    if (id === '') ({ id } = await home.start({ argv: ['sh', '-c', SCRIPT] }))
    return (await home.client.call('logs', { params: { job: id }, query: { head: 1 } })).text
  })
  await home.stop([id])
  return elapsedMs
}

async function byCli(home: BenchHome): Promise<number> {
  let id = ''
  const elapsedMs = await timeUntilReady(() => {
    if (id === '') id = home.cli('run', '--', 'sh', '-c', SCRIPT).stdout.trim()
    return home.cli('logs', id).stdout
  })
  await home.stop([id])
  return elapsedMs
}

async function byTmux(tmux: Tmux): Promise<number> {
  let id = ''
  const elapsedMs = await timeUntilReady(() => {
    if (id === '') id = tmux.run('new-window', '-d', '-P', '-F', '#{pane_id}', SCRIPT).stdout.trim()
    return tmux.run('capture-pane', '-p', '-t', id).stdout
  })
  tmux.run('kill-window', '-t', id)
  return elapsedMs
}
