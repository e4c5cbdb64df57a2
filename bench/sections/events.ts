import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFifo } from '../../src/platform/linux/descriptor.ts'
import { BenchHome } from '../fettle/bench-home.ts'
import { EventWatch } from '../fettle/event-watch.ts'
import { epochMs } from '../harness/gate.ts'
import { toRow, type SectionResult } from '../harness/row.ts'
import type { Scratch } from '../harness/scratch.ts'
import type { Section } from '../harness/section.ts'
import { summarise } from '../harness/statistics.ts'

const PATTERN = 'this is what is watched for'
/** The limit over all jobs lets 15 matches in 10 s through; each home has its own. */
const MATCHES_PER_HOME = 12

/** How soon a follower of the event stream holds the event of an exit, and of a match. */
export const events: Section = {
  name: 'events',
  async run({ scratch, quick }): Promise<SectionResult> {
    const exits = await measureExits(scratch, quick ? 10 : 50)
    const matches: number[] = []
    for (let home = 0; home < (quick ? 1 : 4); home++) matches.push(...(await measureMatches(scratch)))
    const p95 = (values: readonly number[]): string => `p95 ${summarise(values).p95.toFixed(1)} ms.`
    return {
      rows: [
        toRow({
          id: 'exit-to-event',
          what: 'Exit to event, at a follower of the stream',
          unit: 'ms',
          fettle: exits,
          goals: [{ of: 'value', atMost: 10 }],
          notes: [`From the kill of the only process of a run to \`run_ended\` in hand. ${p95(exits)}`],
        }),
        toRow({
          id: 'match-to-event',
          what: 'Match to event, at a follower of the stream',
          unit: 'ms',
          fettle: matches,
          goals: [{ of: 'value', atMost: 10 }],
          notes: [
            `From sending the run the word to print the line, to \`watch_matched\` in hand: the run's own turn is in it. ${p95(matches)}`,
          ],
        }),
      ],
    }
  },
}

async function measureExits(scratch: Scratch, count: number): Promise<number[]> {
  await using home = await BenchHome.start(scratch)
  await using ended = new EventWatch(home, ['run_ended'])
  const values: number[] = []
  for (let i = -2; i < count; i++) {
    const { id, run } = await home.start({ argv: ['sleep', '1000000'] })
    if (run?.pid === undefined || run.pid === null) throw new Error('the job has no process')
    const killedAtMs = epochMs()
    process.kill(run.pid, 'SIGKILL')
    const elapsedMs = (await ended.of(id)) - killedAtMs
    if (i >= 0) values.push(elapsedMs)
  }
  return values
}

async function measureMatches(scratch: Scratch): Promise<number[]> {
  await using home = await BenchHome.start(scratch)
  await using matched = new EventWatch(home, ['watch_matched'])
  const values: number[] = []
  for (let i = -1; i < MATCHES_PER_HOME; i++) {
    const fifo = join(scratch.folder(), 'f')
    makeFifo(fifo)
    const script = `read word < ${fifo}; echo "$word"; exec sleep 1000000`
    const { id } = await home.start({ argv: ['sh', '-c', script], watch: { patterns: [PATTERN] } })
    // Opening waits until the run opens its end, so the run is at its `read`.
    const gate = await open(fifo, 'w')
    const sentAtMs = epochMs()
    await gate.write(`${PATTERN}\n`)
    const elapsedMs = (await matched.of(id)) - sentAtMs
    await gate.close()
    if (i >= 0) values.push(elapsedMs)
  }
  return values
}
