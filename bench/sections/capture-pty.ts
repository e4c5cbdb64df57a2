import { BenchHome } from '../fettle/bench-home.ts'
import { interleave, Series } from '../harness/interleave.ts'
import { makePayload } from '../harness/payload.ts'
import { toRow, type SectionResult } from '../harness/row.ts'
import type { Section } from '../harness/section.ts'
import { summarise } from '../harness/statistics.ts'
import { Tmux } from '../peers/tmux.ts'
import { captureByCatOnMaster } from './cat-on-master.ts'
import { captureByFettle } from './fettle-capture.ts'
import { captureByTmux } from './tmux-capture.ts'

const PAYLOAD_MB = 25
const CAT = '`cat` on the same master'
const TMUX = 'tmux, `pipe-pane`'

/** The same through a terminal, whose line discipline is most of the work for everybody. */
export const capturePty: Section = {
  name: 'capture-pty',
  async run({ scratch, peers, quick, pairs }): Promise<SectionResult> {
    await using home = await BenchHome.start(scratch)
    await using tmux = peers.tmux === null ? null : Tmux.start(scratch, peers.tmux)
    const payload = makePayload(scratch, PAYLOAD_MB)
    const repeats = quick ? 1 : 4
    const files = Array.from({ length: repeats }, () => payload.path).join(' ')
    // The terminal prints CR LF for each LF.
    const bytes = (payload.bytes + payload.lines) * repeats
    const cat = new Series(() => captureByCatOnMaster(scratch, { files, bytes }))
    const fettle = new Series(() => captureByFettle(home, scratch, { files, bytes, pty: true }))
    const inTmux = tmux === null ? null : new Series(() => captureByTmux(tmux, scratch, { files, bytes }))
    await interleave([cat, fettle, ...(inTmux === null ? [] : [inTmux])], { rounds: pairs })

    const toSpeed = ({ seconds }: { seconds: number }): number => bytes / 1e6 / seconds
    const perGigabyte = (cpuSeconds: number): number => cpuSeconds / (bytes / 1e9)
    const speed = fettle.values.map(toSpeed)
    const cpu = fettle.values.map(({ keeperCpu }) => perGigabyte(keeperCpu))
    const others = summarise(fettle.values.map(({ othersCpu }) => perGigabyte(othersCpu))).median
    const what = `Capture ${(payload.bytes * repeats) / 1e6} MB of lines through a terminal`
    return {
      rows: [
        toRow({
          id: 'capture-pty-speed',
          what,
          unit: 'MB/s',
          fettle: speed,
          peers: [{ name: CAT, values: cat.values.map(toSpeed) }],
          ratioTo: CAT,
          goals: [{ of: 'ratio', atLeast: 0.9 }],
          notes: [
            `CPU of that \`cat\`: ${summarise(cat.values.map(({ cpu: used }) => perGigabyte(used))).median.toFixed(1)} s/GB.`,
          ],
        }),
        toRow({
          id: 'capture-pty-tmux-speed',
          what: `${what}, beside tmux`,
          unit: 'MB/s',
          fettle: speed,
          peers: [{ name: TMUX, values: inTmux?.values.map(toSpeed) ?? null }],
          ratioTo: TMUX,
          goals: [{ of: 'ratio', atLeast: 1.5 }],
        }),
        toRow({
          id: 'capture-pty-tmux-cpu',
          what: 'CPU of who captures, terminal',
          unit: 's/GB',
          fettle: cpu,
          peers: [{ name: TMUX, values: inTmux?.values.map(({ cpu: used }) => perGigabyte(used)) ?? null }],
          ratioTo: TMUX,
          goals: [{ of: 'ratio', atMost: 0.45 }],
          notes: [
            `The keeper, and tmux's server with the \`cat\` of its pipe. Anchor and daemon together: ${others.toFixed(2)} s/GB.`,
          ],
        }),
      ],
    }
  },
}
