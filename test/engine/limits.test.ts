// Limits hold with no daemon present, and after the keeper was replaced.

import { expect, test } from 'bun:test'
import { monotonicMs } from '../../src/platform/clock.ts'
import { PROVEN_EMPTY } from '../support/expected-end.ts'
import { Engine } from '../support/engine.ts'
import { replacedInTime } from '../support/in-time.ts'
import { until } from '../support/until.ts'

const DAY_MS = 86_400_000
const lasting = ['sh', '-c', 'echo ready; exec sleep 1000']

test('a deadline ends a run and says so', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: lasting, limits: { deadlineMs: 1_000 } })
  using told = await run.subscribe()
  expect(await run.outcome()).toMatchObject({
    signal: 'SIGTERM',
    reason: 'timed_out',
    actor: 'keeper',
    leftovers: { proof: PROVEN_EMPTY },
  })
  await until(() => told.pushed.some(({ t }) => t === 'outcome'))
  expect(told.pushed).toContainEqual({
    t: 'fact',
    n: 0,
    atMs: expect.any(Number),
    kind: 'limit_breached',
    data: { limit: 'deadline', deadlineMs: 1_000 },
  })
})

test.each([false, true])('a deadline by the wall clock holds (keeper replaced: %p)', async (replaced) => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: lasting, limits: { deadlineWallMs: 1_500 } })
  await run.printed('ready')
  if (replaced) await run.replaceKeeper()
  expect(await run.outcome()).toMatchObject({ reason: 'timed_out', actor: 'keeper' })
  expect(run.readState()?.startedBootMs).toBeNumber()
})

test('a deadline of a month does not come at once', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({
    argv: ['sh', '-c', 'echo ready; sleep 0.5; exit 5'],
    limits: { deadlineMs: 30 * DAY_MS, deadlineWallMs: 3_000 * DAY_MS, idleMs: 30 * DAY_MS },
  })
  expect(await run.outcome()).toMatchObject({ code: 5, reason: 'exit' })
})

test.each([false, true])('a deadline can be shortened (keeper replaced: %p)', async (replaced) => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: lasting, limits: { deadlineMs: DAY_MS } })
  await run.printed('ready')
  if (replaced) await run.replaceKeeper()
  await run.ask({ op: 'amend', deadlineMs: 1 })
  expect(await run.outcome()).toMatchObject({ reason: 'timed_out' })
})

test('an amended deadline holds for the next keeper', async () => {
  await using engine = await Engine.start()
  const run = await replacedInTime(async (withinMs) => {
    const amended = await engine.start({ argv: lasting })
    await amended.leader()
    const aliveMs = monotonicMs() - (amended.readState()?.startedMonoMs ?? 0)
    await amended.ask({ op: 'amend', deadlineMs: aliveMs + withinMs })
    return amended
  })
  expect(await run.outcome()).toMatchObject({ reason: 'timed_out' })
})

test('a deadline can be taken away, and the next keeper knows', async () => {
  await using engine = await Engine.start()
  let deadlineMs = 0
  const run = await replacedInTime(async (withinMs) => {
    deadlineMs = withinMs
    const limited = await engine.start({ argv: lasting, limits: { deadlineMs } })
    await limited.ask({ op: 'amend', deadlineMs: null }, { deadlineMs }).catch((error: unknown) => {
      if (limited.readOutcome() === null) throw error
    })
    return limited
  })
  const started = run.readState()?.startedMonoMs ?? 0
  await until(() => monotonicMs() > started + deadlineMs + 500)
  expect(run.readState()).toMatchObject({ name: 'running', amended: { deadlineMs: null, idleMs: null } })
  const { status } = await run.ask({ op: 'status' })
  expect(status).toMatchObject({ limits: { deadlineMs: null, idleMs: null } })
})

test('a run that prints nothing for so long is idle', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: lasting, limits: { idleMs: 700 } })
  expect(await run.outcome()).toMatchObject({ reason: 'idle', actor: 'keeper' })
  expect(run.text()).toBe('ready\n')
})

test('an idle limit can be set later', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: lasting })
  await run.printed('ready')
  await run.ask({ op: 'amend', idleMs: 1 })
  expect(await run.outcome()).toMatchObject({ reason: 'idle' })
})

test.each([false, true])('memory of all processes together (keeper replaced: %p)', async (replaced) => {
  await using engine = await Engine.start()
  const program = `import os, sys, time
os.fork()
while not os.path.exists(os.environ["HOME"] + "/go"): time.sleep(0.01)
data = bytearray(80_000_000)
time.sleep(1000)`
  const run = await engine.start({
    argv: ['python3', '-c', program],
    limits: { memoryBytes: 140_000_000 },
  })
  await run.leader()
  if (replaced) await run.replaceKeeper()
  await Bun.write(`${engine.home.dir}/go`, '')
  expect(await run.outcome()).toMatchObject({
    reason: 'memory',
    actor: 'keeper',
    leftovers: { survivors: [] },
  })
})

test('number of processes', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({
    argv: ['sh', '-c', 'for i in 1 2 3 4 5; do sleep 1000 & done; wait'],
    limits: { processes: 4 },
  })
  expect(await run.outcome()).toMatchObject({ reason: 'processes', leftovers: { proof: PROVEN_EMPTY } })
})

test('limits that are not reached do nothing', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({
    argv: ['sh', '-c', 'sleep 1.5 & wait; exit 2'],
    limits: { memoryBytes: 500_000_000, processes: 3, deadlineMs: DAY_MS, idleMs: DAY_MS },
  })
  expect(await run.outcome()).toMatchObject({ code: 2, reason: 'exit' })
})
