// What was accepted for a run's stdin reaches it once, in order, and then the end of input.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import { isRecord } from '../../src/core/errors.ts'
import { differenceAfterKills, differenceOf } from '../support/output-on-disk.ts'
import { expectOrphansEnd } from '../support/expected-end.ts'
import { Engine } from '../support/engine.ts'
import { numberedLines } from '../support/payload.ts'
import { until } from '../support/until.ts'

test('no stdin: the run reads an end of input', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['cat'] })
  expect((await run.outcome()).code).toBe(0)
})

test('input and its end', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['cat'], stdin: 'pipe' })
  await run.write('one\n')
  await run.printed('one\n')
  await run.write('two\n')
  await run.printed('two\n')
  expect(run.readOutcome()).toBeNull()
  await run.closeInput()
  expect((await run.outcome()).code).toBe(0)
  expect(run.text()).toBe('one\ntwo\n')
})

test('the end of input comes after what was accepted before it', async () => {
  await using engine = await Engine.start()
  const input = numberedLines(300_000)
  const run = await engine.start({ argv: ['sh', '-c', 'sleep 0.3; exec cat'], stdin: 'pipe' })
  await run.write(input)
  await run.closeInput()
  expect((await run.outcome()).code).toBe(0)
  expect(differenceOf(run.output().bytes, input)).toBeNull()
})

test('an end of input without any input', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['cat'], stdin: 'pipe' })
  await run.leader()
  await run.closeInput()
  expect((await run.outcome()).code).toBe(0)
})

test('a run that does not read holds nobody up', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['sleep', '1000'], stdin: 'pipe' })
  await run.write(Buffer.alloc(1_000_000, 'x'))
  await until(async () => (await run.ask({ op: 'status' }))['status'], {
    holds: (status) => isRecord(status) && status['inputTaken'] === 65_536,
    what: 'a full pipe',
  })
  await run.stop()
  expect((await run.outcome()).signal).toBe('SIGTERM')
})

test('a run that reads again after a pause gets the rest', async () => {
  await using engine = await Engine.start()
  const input = numberedLines(200_000)
  const script = 'head -c 1000; while [ ! -e "$HOME/go" ]; do sleep 0.01; done; exec cat'
  const run = await engine.start({ argv: ['sh', '-c', script], stdin: 'pipe' })
  await run.write(input)
  await run.closeInput()
  await until(() => run.output().end >= 1000)
  await Bun.write(join(engine.home.dir, 'go'), '')
  expect((await run.outcome()).code).toBe(0)
  expect(differenceOf(run.output().bytes, input)).toBeNull()
})

test('a run that has closed its stdin is left alone', async () => {
  await using engine = await Engine.start()
  const script = 'exec 0<&-; echo closed; while [ ! -e "$HOME/go" ]; do sleep 0.01; done; exit 3'
  const run = await engine.start({ argv: ['sh', '-c', script], stdin: 'pipe' })
  await run.printed('closed')
  await run.write(Buffer.alloc(200_000, 'x'))
  await run.write('more\n')
  await run.closeInput()
  await Bun.write(join(engine.home.dir, 'go'), '')
  expect((await run.outcome()).code).toBe(3)
})

test('a run may end with input left over', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['head', '-n', '1'], stdin: 'pipe' })
  await run.write(numberedLines(100_000))
  expect((await run.outcome()).code).toBe(0)
  expect(run.text()).toBe('1\n')
})

test('20 MB arrive once, byte for byte, while keepers are killed', async () => {
  await using engine = await Engine.start()
  const input = numberedLines(2_700_000)
  const received = join(engine.home.dir, 'received')
  const run = await engine.start({ argv: ['sh', '-c', 'cat > "$HOME/received"; exit 9'], stdin: 'pipe' })
  let kills = 0
  const pieces = 60
  for (let i = 0; i < pieces; i++) {
    const from = Math.floor((input.byteLength * i) / pieces)
    await run.write(input.subarray(from, Math.floor((input.byteLength * (i + 1)) / pieces)))
    if (i % 3 === 0 && (await run.killKeeper())) kills++
  }
  await run.closeInput()
  while (run.readOutcome() === null && kills < 60) {
    if (await run.killKeeper()) kills++
    await Bun.sleep(Math.random() * 60)
  }
  expectOrphansEnd(await run.outcome(), { code: 9 })
  expect(kills).toBeGreaterThan(15)
  expect(differenceAfterKills(readFileSync(received), input)).toBeNull()
})

test('what was accepted before the end of input arrives though the keeper is killed after it', async () => {
  await using engine = await Engine.start()
  const input = numberedLines(500_000)
  const script = 'while [ ! -e "$HOME/go" ]; do sleep 0.01; done; cat > "$HOME/received"; exit 9'
  const run = await engine.start({ argv: ['sh', '-c', script], stdin: 'pipe' })
  await run.write(input)
  await run.closeInput()
  for (let i = 0; i < 3; i++) await run.replaceKeeper()
  await Bun.write(join(engine.home.dir, 'go'), '')
  expectOrphansEnd(await run.outcome(), { code: 9 })
  expect(differenceAfterKills(readFileSync(join(engine.home.dir, 'received')), input)).toBeNull()
})

test('the end of input may come before the run is born, and its keeper be killed then', async () => {
  await using engine = await Engine.start()
  for (let i = 0; i < 20; i++) {
    const run = await engine.start({ argv: ['sh', '-c', 'cat; exit 9'], stdin: 'pipe' })
    if (i % 2 === 0) await Bun.write(run.paths.inputLog, 'text\n')
    await Bun.write(run.paths.inputClosed, '')
    await engine.ask({ op: 'close_input', run: run.name })
    await Bun.sleep(i)
    await run.killKeeper()
    const outcome = await run.outcome()
    expectOrphansEnd(outcome, { code: 9 })
    if (outcome.state !== 'lost') expect(run.text()).toBe(i % 2 === 0 ? 'text\n' : '')
  }
})

test('a keeper that comes after the end of input does not open it again', async () => {
  await using engine = await Engine.start()
  const script = 'cat; echo eof; while [ ! -e "$HOME/go" ]; do sleep 0.01; done; cat; exit 2'
  const run = await engine.start({ argv: ['sh', '-c', script], stdin: 'pipe' })
  await run.write('text\n')
  await run.closeInput()
  await run.printed('eof')
  await run.replaceKeeper()
  await Bun.write(join(engine.home.dir, 'go'), '')
  expect((await run.outcome()).code).toBe(2)
  expect(run.text()).toBe('text\neof\n')
})
