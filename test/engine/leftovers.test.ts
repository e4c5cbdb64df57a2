// What becomes of processes that outlive the run's first one.

import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { PROVEN_EMPTY } from '../support/expected-end.ts'
import { Engine } from '../support/engine.ts'
import { isWithout } from '../support/features.ts'
import { fixture } from '../support/fixture.ts'
import { gone, isAlive, readPidFile } from '../support/processes.ts'
import { until } from '../support/until.ts'

// One that forks twice is init's where there is no subreaper.
const escapes = isWithout('subreaper')

test.skipIf(escapes)('stop: a process that has cut every tie ends with the run', async () => {
  await using engine = await Engine.start()
  const pidFile = join(engine.home.dir, 'pid')
  const run = await engine.start({ argv: fixture('daemonize', pidFile, '6') })
  const left = await readPidFile(pidFile)
  expect(await run.outcome()).toMatchObject({
    code: 6,
    reason: 'exit',
    source: 'waited',
    leftovers: { proof: PROVEN_EMPTY, stopped: 1, survivors: [] },
  })
  expect(isAlive(left)).toBe(false)
})

test('stop: one that ignores SIGTERM is killed when the grace is over', async () => {
  await using engine = await Engine.start()
  const log = join(engine.home.dir, 'log')
  const script = `${fixture('signals', log, 'left', 'ignore').join(' ')} & while [ ! -s "${log}.ready" ]; do sleep 0.01; done; exit 3`
  const ready = `while [ ! -e "${log}" ]; do sleep 0.01; done; echo x > "${log}.ready"`
  const run = await engine.start({
    argv: ['sh', '-c', `(${ready}) & ${script}`],
    stop: { graceMs: 2_000 },
  })
  expect(await run.outcome()).toMatchObject({ code: 3, reason: 'exit', leftovers: { proof: PROVEN_EMPTY } })
  expect(await Bun.file(log).text()).toBe('left SIGTERM\n')
})

test.skipIf(escapes).each(['keep', 'report'] as const)(
  '%s: they are named and left, and can be stopped',
  async (leftovers) => {
    await using engine = await Engine.start()
    const pidFile = join(engine.home.dir, 'pid')
    const run = await engine.start({ argv: fixture('daemonize', pidFile, '0'), leftovers })
    const left = await readPidFile(pidFile)
    const outcome = await run.outcome()
    expect(outcome).toMatchObject({ code: 0, leftovers: { proof: 'survivors', stopped: 0 } })
    expect(outcome.leftovers.survivors).toEqual([
      {
        pid: left.pid,
        startTicks: left.startTicks,
        command: 'innocent 1000',
        why: `left running, as the spec says (${leftovers})`,
      },
    ])
    expect(await run.memberPids()).toEqual([left.pid])
    await run.stop({ graceMs: 500 })
    await gone(left)
    await until(async () => (await engine.heldRuns()).length === 0, { what: 'the run to be let go' })
    expect(run.readOutcome()).toEqual(outcome)
  },
)

test.skipIf(escapes)('keep: once they have ended by themselves the keeper leaves', async () => {
  await using engine = await Engine.start()
  const pidFile = join(engine.home.dir, 'pid')
  const run = await engine.start({ argv: fixture('daemonize', pidFile, '0'), leftovers: 'keep' })
  const left = await readPidFile(pidFile)
  await run.outcome()
  process.kill(left.pid, 'SIGKILL')
  await until(async () => (await engine.heldRuns()).length === 0, { what: 'the run to be let go' })
})
