import { BenchHome } from '../fettle/bench-home.ts'
import { capturedBytes } from '../fettle/captured.ts'
import { GatedScript } from '../harness/gate.ts'
import { makePayload } from '../harness/payload.ts'
import { toRow, type SectionResult } from '../harness/row.ts'
import type { Section } from '../harness/section.ts'
import { until } from '../harness/until.ts'

const PAYLOAD_MB = 50

/** The end of a very long log of a job that still runs. */
export const tail: Section = {
  name: 'tail',
  async run({ scratch, quick }): Promise<SectionResult> {
    await using home = await BenchHome.start(scratch)
    const payload = makePayload(scratch, PAYLOAD_MB)
    const repeats = quick ? 4 : 40
    const bytes = payload.bytes * repeats
    const files = Array.from({ length: repeats }, () => payload.path).join(' ')
    const script = new GatedScript(scratch.folder(), `cat ${files}`)
    const { id } = await home.start({
      argv: ['sh', '-c', script.text],
      limits: { maxOutputBytes: 2 * bytes },
    })
    await script.ended()
    await until(() => capturedBytes(home.outputDir(id)) >= bytes, { what: 'all output' })
    const values: number[] = []
    for (let round = -2; round < (quick ? 5 : 21); round++) {
      const { stdout, elapsedMs } = home.cli('logs', id, '--tail', '100')
      const lines = stdout.split('\n').length - 1
      if (lines !== 100) throw new Error(`logs --tail 100 gave ${lines} lines`)
      if (round >= 0) values.push(elapsedMs)
    }
    return {
      rows: [
        toRow({
          id: 'tail',
          what: `\`logs --tail 100\` of a log of ${bytes / 1e9} GB, whole command`,
          unit: 'ms',
          fettle: values,
          goals: [{ of: 'value', atMost: 20 }],
        }),
      ],
    }
  },
}
