import { BenchHome } from '../fettle/bench-home.ts'
import { interleave, Series } from '../harness/interleave.ts'
import { makePayload } from '../harness/payload.ts'
import { toRow, type SectionResult } from '../harness/row.ts'
import type { Section } from '../harness/section.ts'
import { summarise } from '../harness/statistics.ts'
import { captureByFettle } from './fettle-capture.ts'
import { captureByShell } from './shell-capture.ts'

const PAYLOAD_MB = 50
const SHELL = '`… | cat > file`'

/** A long, fast output through a FIFO, beside the shell's own pipe into a file; then again with a watch pattern. */
export const captureFifo: Section = {
  name: 'capture-fifo',
  async run({ scratch, quick, pairs }): Promise<SectionResult> {
    await using home = await BenchHome.start(scratch)
    const payload = makePayload(scratch, PAYLOAD_MB)
    const repeats = quick ? 4 : 20
    const bytes = payload.bytes * repeats
    const files = Array.from({ length: repeats }, () => payload.path).join(' ')
    const shell = new Series(() => captureByShell(scratch, { files, bytes }))
    const plain = new Series(() => captureByFettle(home, scratch, { files, bytes }))
    const watched = new Series(() => captureByFettle(home, scratch, { files, bytes, watch: true }))
    await interleave([shell, plain, watched], { rounds: pairs })

    const toSpeed = ({ seconds }: { seconds: number }): number => bytes / 1e6 / seconds
    const perGigabyte = (cpuSeconds: number): number => cpuSeconds / (bytes / 1e9)
    const others = (list: readonly { othersCpu: number }[]): string =>
      summarise(list.map(({ othersCpu }) => perGigabyte(othersCpu))).median.toFixed(2)
    const lag = summarise(watched.values.map(({ lagMs }) => lagMs ?? Number.NaN))
    const amount = `${(bytes / 1e9).toLocaleString('en')} GB`
    return {
      rows: [
        toRow({
          id: 'capture-fifo-speed',
          what: `Capture ${amount} of lines through a FIFO`,
          unit: 'MB/s',
          fettle: plain.values.map(toSpeed),
          peers: [{ name: SHELL, values: shell.values.map(toSpeed) }],
          ratioTo: SHELL,
          goals: [{ of: 'ratio', atLeast: 0.95 }],
          notes: ['From the first byte printed to the last one at rest in the file, every byte counted.'],
        }),
        toRow({
          id: 'capture-fifo-cpu',
          what: 'CPU of the process that captures, FIFO',
          unit: 's/GB',
          fettle: plain.values.map(({ keeperCpu }) => perGigabyte(keeperCpu)),
          peers: [{ name: SHELL, values: shell.values.map(({ cpu }) => perGigabyte(cpu)) }],
          ratioTo: SHELL,
          goals: [{ of: 'ratio', atMost: 1 }],
          notes: [
            `The keeper with its own start, and the reading \`cat\`. Anchor and daemon together: ${others(plain.values)} s/GB.`,
          ],
        }),
        toRow({
          id: 'capture-fifo-watched',
          what: `Time of the run with a watch pattern, beside the run without (${amount})`,
          unit: 'ms',
          fettle: watched.values.map(({ seconds }) => seconds * 1000),
          peers: [{ name: 'no pattern', values: plain.values.map(({ seconds }) => seconds * 1000) }],
          ratioTo: 'no pattern',
          goals: [{ of: 'ratio', atMost: 1.05 }],
          notes: [
            `The match of the last line was told ${lag.median.toFixed(0)} ms (p95 ${lag.p95.toFixed(0)}) after it had come to rest. Anchor and daemon together: ${others(watched.values)} CPU s/GB.`,
          ],
        }),
      ],
    }
  },
}
