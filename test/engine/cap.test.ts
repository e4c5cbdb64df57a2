// The cap drops whole oldest segments; the names of those that are left tell exactly what is missing.

import { expect, test } from 'bun:test'
import { isRecord } from '../../src/core/errors.ts'
import { differenceOf, type OutputOnDisk } from '../support/output-on-disk.ts'
import { Engine } from '../support/engine.ts'
import { isWithout } from '../support/features.ts'
import { numberedLines } from '../support/payload.ts'
import { until } from '../support/until.ts'

const MAX_BYTES = 1_000_000
/** An eighth of the cap. */
const SEGMENT_BYTES = MAX_BYTES / 8

function expectTail(output: OutputOnDisk, printed: Buffer): void {
  expect(output.end).toBe(printed.byteLength)
  expect(output.holes).toHaveLength(1)
  const from = output.holes[0]?.to ?? 0
  expect(output.holes).toEqual([{ from: 0, to: from }])
  expect(differenceOf(output.bytes, printed.subarray(from))).toBeNull()
  expect(output.bytes.byteLength).toBeLessThanOrEqual(MAX_BYTES + 65_536)
  expect(output.bytes.byteLength).toBeGreaterThan(MAX_BYTES - 2 * SEGMENT_BYTES)
}

test('what is left is the end of what was printed', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({
    argv: ['sh', '-c', 'seq 1 1000000; while [ ! -e "$HOME/go" ]; do sleep 0.01; done'],
    limits: { maxOutputBytes: MAX_BYTES },
  })
  const printed = numberedLines(1_000_000)
  await until(() => run.output().end === printed.byteLength, { what: 'all output on disk' })
  const output = run.output()
  expectTail(output, printed)
  const { status } = await run.ask({ op: 'status' })
  expect(isRecord(status) ? status['droppedBytes'] : null).toBe(output.holes[0]?.to)
  await run.replaceKeeper()
  const { status: later } = await run.ask({ op: 'status' })
  expect(later).toMatchObject({ out: printed.byteLength, droppedBytes: output.holes[0]?.to })
  await Bun.write(`${engine.home.dir}/go`, '')
  await run.outcome()
  expect(run.output()).toEqual(output)
})

test('each stream has its own', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({
    argv: ['sh', '-c', 'seq 1 600000; seq 1 700000 >&2'],
    split: true,
    limits: { maxOutputBytes: MAX_BYTES },
  })
  await run.outcome()
  expectTail(run.output('out'), numberedLines(600_000))
  expectTail(run.output('err'), numberedLines(700_000))
})

// What a keeper that reads and writes had in its hands is lost with it: then only `doctor` can say so.
test.skipIf(isWithout('splice'))('it is exact too while keepers are killed', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({
    argv: ['sh', '-c', 'seq 1 5000000; exit 3'],
    limits: { maxOutputBytes: MAX_BYTES },
  })
  let kills = 0
  while (run.readOutcome() === null && kills < 40) {
    if (await run.killKeeper()) kills++
    await Bun.sleep(Math.random() * 50)
  }
  expect((await run.outcome()).code).toBe(3)
  expect(kills).toBeGreaterThan(0)
  expectTail(run.output(), numberedLines(5_000_000))
})

test('a fact tells of each drop, with exact counts', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({
    argv: ['sh', '-c', 'while [ ! -e "$HOME/go" ]; do sleep 0.01; done; seq 1 500000'],
    limits: { maxOutputBytes: MAX_BYTES },
  })
  using told = await run.subscribe()
  await Bun.write(`${engine.home.dir}/go`, '')
  await run.outcome()
  await until(() => told.pushed.some(({ t }) => t === 'outcome'))
  const drops = told.pushed
    .map(({ data }) => data)
    .filter(isRecord)
    .filter(({ why }) => why === 'cap')
  const dropped = drops.reduce((sum, { bytes }) => sum + Number(bytes), 0)
  expect(dropped).toBe(run.output().holes[0]?.to ?? -1)
})
