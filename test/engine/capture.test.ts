// What a run prints is on disk byte for byte, however it prints it.

import { expect, test } from 'bun:test'
import { differenceOf } from '../support/output-on-disk.ts'
import { PROVEN_EMPTY } from '../support/expected-end.ts'
import { Engine } from '../support/engine.ts'
import { until } from '../support/until.ts'

test('output, exit code and the way it was learned', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['sh', '-c', 'echo hello; echo to stderr >&2; exit 3'] })
  const outcome = await run.outcome()
  expect(outcome).toMatchObject({
    state: 'exited',
    code: 3,
    signal: null,
    source: 'waited',
    reason: 'exit',
    actor: 'run',
    leftovers: { proof: PROVEN_EMPTY, stopped: 0, survivors: [] },
  })
  expect(run.text()).toBe('hello\nto stderr\n')
  expect(run.readState()).toMatchObject({ name: 'exited', keeperGeneration: 1 })
})

test('a run that reopens /dev/stdout and /dev/stderr loses nothing', async () => {
  await using engine = await Engine.start()
  const script = 'echo 1; echo 2 > /dev/stdout; echo 3 > /dev/stderr; echo 4 >> /proc/self/fd/1; echo 5'
  const run = await engine.start({ argv: ['sh', '-c', script] })
  expect((await run.outcome()).code).toBe(0)
  expect(run.text()).toBe('1\n2\n3\n4\n5\n')
})

test('stdout and stderr in one stream keep their order', async () => {
  await using engine = await Engine.start()
  const script = 'i=0; while [ $i -lt 500 ]; do echo o$i; echo e$i >&2; i=$((i+1)); done'
  const run = await engine.start({ argv: ['sh', '-c', script] })
  await run.outcome()
  const expected = Array.from({ length: 500 }, (_, i) => `o${i}\ne${i}\n`).join('')
  expect(differenceOf(run.output().bytes, Buffer.from(expected))).toBeNull()
})

test('split streams are each exact in themselves', async () => {
  await using engine = await Engine.start()
  const script = 'i=0; while [ $i -lt 500 ]; do echo o$i; echo e$i > /dev/stderr; i=$((i+1)); done'
  const run = await engine.start({ argv: ['sh', '-c', script], split: true })
  await run.outcome()
  const lines = (letter: string): string => Array.from({ length: 500 }, (_, i) => `${letter}${i}\n`).join('')
  expect(run.text('out')).toBe(lines('o'))
  expect(run.text('err')).toBe(lines('e'))
})

test('one line of 50 MB without a newline', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['sh', '-c', "head -c 50000000 /dev/zero | tr '\\0' x"] })
  await run.outcome()
  expect(differenceOf(run.output().bytes, Buffer.alloc(50_000_000, 'x'))).toBeNull()
}, 60_000)

test('bytes that are no text', async () => {
  await using engine = await Engine.start()
  const program = 'import os,sys\nfor i in range(300): os.write(1, bytes(range(256)))'
  const run = await engine.start({ argv: ['python3', '-c', program] })
  await run.outcome()
  const each = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  expect(differenceOf(run.output().bytes, Buffer.concat(Array.from({ length: 300 }, () => each)))).toBeNull()
})

test('a run that closes its stdout lives on, and its exit code is learned', async () => {
  await using engine = await Engine.start()
  const run = await engine.start(
    {
      argv: ['sh', '-c', `echo before; exec >&- 2>&-; while [ ! -e "$GO" ]; do sleep 0.01; done; exit 7`],
    },
    { env: { GO: `${engine.home.dir}/go` } },
  )
  await run.printed('before\n')
  expect(run.readOutcome()).toBeNull()
  expect(run.readState()?.name).toBe('running')
  await Bun.write(`${engine.home.dir}/go`, '')
  expect(await run.outcome()).toMatchObject({ code: 7, source: 'waited' })
  expect(run.text()).toBe('before\n')
})

test('output of a grandchild that holds the pipe after the exit is kept', async () => {
  await using engine = await Engine.start()
  const script = '(while [ ! -e "$GO" ]; do sleep 0.01; done; echo late) & echo early; exit 4'
  const run = await engine.start(
    { argv: ['sh', '-c', script], leftovers: 'keep' },
    { env: { GO: `${engine.home.dir}/go` } },
  )
  expect(await run.outcome()).toMatchObject({ code: 4, leftovers: { proof: 'survivors' } })
  expect(run.text()).toBe('early\n')
  await Bun.write(`${engine.home.dir}/go`, '')
  await run.printed('late\n')
  await until(async () => (await engine.heldRuns()).length === 0, { what: 'the run to be let go' })
  expect(run.text()).toBe('early\nlate\n')
})

test('many runs at once do not mix', async () => {
  await using engine = await Engine.start()
  const runs = await Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      engine.start({ argv: ['sh', '-c', `seq ${i}00000 ${i}19999; exit ${i}`] }),
    ),
  )
  for (const [i, run] of runs.entries()) {
    expect((await run.outcome()).code).toBe(i)
    const lines = Array.from({ length: 20_000 }, (_, n) => `${i * 100_000 + n}\n`)
    expect(differenceOf(run.output().bytes, Buffer.from(lines.join('')))).toBeNull()
  }
})
