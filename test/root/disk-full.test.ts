// A full disk: every byte printed is in the log or in a stated hole of exact size, and the end is written.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'bun:test'
import { isRecord } from '../../src/core/errors.ts'
import { differenceOf, type OutputOnDisk } from '../support/output-on-disk.ts'
import { Engine } from '../support/engine.ts'
import type { EngineRun } from '../support/engine-run.ts'
import { numberedLines } from '../support/payload.ts'
import { canMount, SmallDisk } from '../support/small-disk.ts'
import { until } from '../support/until.ts'

/** Segments and holes together are what was printed, from its first byte to its last. */
function expectAccounted(output: OutputOnDisk, printed: Buffer): void {
  expect(output.end).toBe(printed.byteLength)
  let at = 0
  for (const { from, bytes } of output.segments) {
    const part = output.bytes.subarray(at, at + bytes)
    expect(differenceOf(part, printed.subarray(from, from + bytes))).toBeNull()
    at += bytes
  }
}

async function droppedBytes(run: EngineRun): Promise<number> {
  const { status } = await run.ask({ op: 'status' })
  return isRecord(status) ? Number(status['droppedBytes']) : -1
}

const holeBytes = ({ holes }: OutputOnDisk): number => holes.reduce((sum, { from, to }) => sum + to - from, 0)
const untilGo = 'while [ ! -e "$GO" ]; do sleep 0.01; done'

describe.skipIf(!canMount)('on a disk of 8 MB', () => {
  test('drop: what has no room is counted, and the end is written', async () => {
    using disk = new SmallDisk({ megabytes: 8 })
    await using engine = await Engine.start({ state: join(disk.dir, 's') })
    const go = join(engine.home.dir, 'go')
    const begin = join(engine.home.dir, 'begin')
    const untilBegin = 'while [ ! -e "$BEGIN" ]; do sleep 0.01; done'
    const run = await engine.start(
      { argv: ['sh', '-c', `${untilBegin}; seq 1 5000000; echo end >&2; ${untilGo}; exit 7`] },
      { env: { GO: go, BEGIN: begin } },
    )
    using told = await run.subscribe()
    await Bun.write(begin, '')
    const printed = Buffer.concat([numberedLines(5_000_000), Buffer.from('end\n')])
    await until(async () => (await run.ask({ op: 'status' }))['status'], {
      holds: (status) => isRecord(status) && status['out'] === printed.byteLength,
      what: 'all output to be moved',
    })
    await until(() => run.output().end === printed.byteLength, {
      what: 'the hole to be stated while it lasts',
    })
    expect(await droppedBytes(run)).toBe(holeBytes(run.output()))
    expect(told.pushed.filter(({ kind }) => kind === 'disk_full').length).toBeGreaterThan(0)
    await Bun.write(go, '')
    expect(await run.outcome()).toMatchObject({ state: 'exited', code: 7, source: 'waited' })
    expectAccounted(run.output(), printed)
    expect(holeBytes(run.output())).toBeGreaterThan(20_000_000)
  })

  test('drop: with a cap the oldest goes first, and the newest is kept', async () => {
    using disk = new SmallDisk({ megabytes: 8 })
    await using engine = await Engine.start({ state: join(disk.dir, 's') })
    const run = await engine.start({
      argv: ['sh', '-c', 'seq 1 5000000; exit 7'],
      limits: { maxOutputBytes: 16_000_000 },
    })
    expect(await run.outcome()).toMatchObject({ state: 'exited', code: 7 })
    const printed = numberedLines(5_000_000)
    expectAccounted(run.output(), printed)
    expect(run.output().bytes.byteLength).toBeGreaterThan(2_000_000)
    expect(run.output().bytes.subarray(-8).toString()).toBe('5000000\n')
  })

  test('drop: a keeper that is killed while it drops has stated what it dropped', async () => {
    using disk = new SmallDisk({ megabytes: 8 })
    await using engine = await Engine.start({ state: join(disk.dir, 's') })
    const go = join(engine.home.dir, 'go')
    const run = await engine.start(
      { argv: ['sh', '-c', `seq 1 2000000; ${untilGo}; seq 1 1000; exit 7`] },
      { env: { GO: go } },
    )
    const first = numberedLines(2_000_000)
    await until(() => run.output().end === first.byteLength, { what: 'the hole to be stated' })
    await run.replaceKeeper()
    await Bun.write(go, '')
    expect(await run.outcome()).toMatchObject({ state: 'exited', code: 7, source: 'waited' })
    expectAccounted(run.output(), Buffer.concat([first, numberedLines(1_000)]))
  })

  test('drop: output is taken again once there is room', async () => {
    using disk = new SmallDisk({ megabytes: 8 })
    await using engine = await Engine.start({ state: join(disk.dir, 's') })
    const go = join(engine.home.dir, 'go')
    const run = await engine.start(
      { argv: ['sh', '-c', `seq 1 100000; ${untilGo}; seq 1 100000; exit 7`] },
      { env: { GO: go }, beforeStart: () => disk.fill() },
    )
    const part = numberedLines(100_000)
    await until(async () => (await run.ask({ op: 'status' }))['status'], {
      holds: (status) => isRecord(status) && status['out'] === part.byteLength,
      what: 'the first half to be dropped',
    })
    disk.empty()
    // It is tried again a second after it has refused.
    await Bun.sleep(1_100)
    await Bun.write(go, '')
    expect(await run.outcome()).toMatchObject({ state: 'exited', code: 7 })
    expectAccounted(run.output(), Buffer.concat([part, part]))
    expect(differenceOf(run.output().bytes.subarray(-part.byteLength), part)).toBeNull()
  })

  test('wait: the run is held back, and nothing is missing in the end', async () => {
    using disk = new SmallDisk({ megabytes: 48 })
    await using engine = await Engine.start({ state: join(disk.dir, 's') })
    const run = await engine.start(
      { argv: ['sh', '-c', 'seq 1 4000000; exit 7'], limits: { diskFull: 'wait' } },
      { beforeStart: () => disk.fill({ butBytes: 4_000_000 }) },
    )
    await until(() => run.output().end > 3_000_000, { what: 'some output' })
    await until(() => disk.freeBytes < 100_000, { what: 'the disk to be full' })
    await run.replaceKeeper()
    expect(run.readOutcome()).toBeNull()
    disk.empty()
    expect(await run.outcome()).toMatchObject({ state: 'exited', code: 7, source: 'waited' })
    expect(run.output().holes).toEqual([])
    expect(differenceOf(run.output().bytes, numberedLines(4_000_000))).toBeNull()
  })

  test('wait: what a run has printed last waits for room after its end as well', async () => {
    using disk = new SmallDisk({ megabytes: 8 })
    await using engine = await Engine.start({ state: join(disk.dir, 's') })
    const run = await engine.start(
      { argv: ['sh', '-c', 'seq 1 8000; : > "$HOME/over"; exit 7'], limits: { diskFull: 'wait' } },
      { beforeStart: () => disk.fill({ butBytes: 16_384 }) },
    )
    await until(() => existsSync(join(engine.home.dir, 'over')), { what: 'the run to have printed all' })
    // The output has taken all the room there was; now there is some for the end, and still too little for the rest.
    await until(() => disk.freeBytes === 0, { what: 'the disk to be full' })
    await run.replaceKeeper()
    disk.give(8_192)
    await until(() => run.readOutcome() !== null || disk.freeBytes === 0)
    disk.empty()
    expect(await run.outcome()).toMatchObject({ state: 'exited', code: 7 })
    const printed = numberedLines(8_000)
    await until(() => run.output().end === printed.byteLength, { what: 'all output on disk' })
    expect(differenceOf(run.output().bytes, printed)).toBeNull()
  })

  test('wait: a file system that has bytes and no names for files holds the run back', async () => {
    using disk = new SmallDisk({ megabytes: 64, inodes: 200 })
    await using engine = await Engine.start({ state: join(disk.dir, 's') })
    const go = join(engine.home.dir, 'go')
    const run = await engine.start(
      {
        argv: ['sh', '-c', `echo first; ${untilGo}; seq 1 4000000; exit 7`],
        limits: { diskFull: 'wait', maxOutputBytes: 48_000_000 },
      },
      { env: { GO: go } },
    )
    await run.printed('first')
    const giveNames = disk.takeNames()
    await Bun.write(go, '')
    // The first segment is full; there can be no second one, nor the lock of a larger pipe.
    await until(async () => (await run.ask({ op: 'status' }))['status'], {
      holds: (status) => isRecord(status) && Number(status['out']) === 6_000_000,
      what: 'the first segment to be full',
    })
    expect(await droppedBytes(run)).toBe(0)
    giveNames()
    expect(await run.outcome()).toMatchObject({ state: 'exited', code: 7, source: 'waited' })
    expect(run.output().holes).toEqual([])
    const printed = Buffer.concat([Buffer.from('first\n'), numberedLines(4_000_000)])
    expect(differenceOf(run.output().bytes, printed)).toBeNull()
  })

  test('drop: without names for files the oldest output goes, and the newest is kept', async () => {
    using disk = new SmallDisk({ megabytes: 64, inodes: 200 })
    await using engine = await Engine.start({ state: join(disk.dir, 's') })
    const go = join(engine.home.dir, 'go')
    const over = join(engine.home.dir, 'over')
    const run = await engine.start(
      {
        argv: ['sh', '-c', `seq 1 1000000; ${untilGo}; seq 1 4000000; : > "$OVER"; exit 7`],
        limits: { maxOutputBytes: 24_000_000 },
      },
      { env: { GO: go, OVER: over } },
    )
    const first = numberedLines(1_000_000)
    await until(() => run.output().end === first.byteLength, { what: 'the first part on disk' })
    const giveNames = disk.takeNames()
    await Bun.write(go, '')
    await until(() => existsSync(over), { what: 'the run to have printed all' })
    giveNames()
    expect(await run.outcome()).toMatchObject({ state: 'exited', code: 7, source: 'waited' })
    const printed = Buffer.concat([first, numberedLines(4_000_000)])
    expectAccounted(run.output(), printed)
    expect(run.output().bytes.byteLength).toBeGreaterThan(1_500_000)
    expect(run.output().bytes.subarray(-8).toString()).toBe('4000000\n')
  })

  test('an outcome that has no room is written once there is some, keepers killed meanwhile', async () => {
    using disk = new SmallDisk({ megabytes: 8 })
    await using engine = await Engine.start({ state: join(disk.dir, 's') })
    const run = await engine.start(
      { argv: ['sh', '-c', 'echo text; exit 7'] },
      { beforeStart: () => disk.fill() },
    )
    await until(async () => (await run.ask({ op: 'status' }))['status'], {
      holds: (status) => isRecord(status) && status['out'] === 5,
      what: 'the output to be dropped',
    })
    for (let i = 0; i < 3; i++) await run.replaceKeeper()
    expect(existsSync(run.paths.outcome)).toBe(false)
    disk.empty()
    expect(await run.outcome()).toMatchObject({ state: 'exited', code: 7, source: 'waited' })
  })
})
