// SIGKILL to keepers, at any moment and again and again: no byte and no exit code is lost, and the run obeys.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import { readLedger } from '../../src/store/run-files/ledger.ts'
import { differenceAfterKills } from '../support/output-on-disk.ts'
import { expectOrphansEnd } from '../support/expected-end.ts'
import { Engine } from '../support/engine.ts'
import type { EngineRun } from '../support/engine-run.ts'
import { disabledWith, isWithout } from '../support/features.ts'
import { fixture } from '../support/fixture.ts'
import { numberedLines } from '../support/payload.ts'
import { gone, readPidFile } from '../support/processes.ts'
import { replacedInTime } from '../support/in-time.ts'
import { until } from '../support/until.ts'

const lasting = ['sh', '-c', 'echo ready; exec sleep 1000']

/** Kills keepers at random moments until the run has ended, and gives how many. */
async function killUntilEnd(run: EngineRun, most: number): Promise<number> {
  let kills = 0
  while (run.readOutcome() === null && kills < most) {
    if (await run.killKeeper()) kills++
    await Bun.sleep(Math.random() * 50)
  }
  return kills
}

test('a flood through a FIFO is exact', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['sh', '-c', 'seq 1 8000000; exit 5'] })
  const kills = await killUntilEnd(run, 40)
  expectOrphansEnd(await run.outcome(), { code: 5 })
  expect(kills).toBeGreaterThan(0)
  expect(differenceAfterKills(run.output().bytes, numberedLines(8_000_000))).toBeNull()
})

test('slow output over many keepers is exact', async () => {
  await using engine = await Engine.start()
  const program = `import sys, time
for i in range(1, 301):
    print(i, flush=True)
    print(i, file=sys.stderr, flush=True)
    time.sleep(0.005)`
  const run = await engine.start({ argv: ['python3', '-c', program], split: true })
  expect(await killUntilEnd(run, 60)).toBeGreaterThan(0)
  expectOrphansEnd(await run.outcome(), { code: 0 })
  expect(differenceAfterKills(run.output('out').bytes, numberedLines(300))).toBeNull()
  expect(differenceAfterKills(run.output('err').bytes, numberedLines(300))).toBeNull()
})

test('a successor stops a run', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['sh', '-c', 'sleep 1000 & echo ready; wait'] })
  await run.printed('ready')
  await run.replaceKeeper()
  await run.stop({ graceMs: 100_000, actor: 'somebody' })
  const outcome = await run.outcome()
  expectOrphansEnd(outcome, { signal: 'SIGTERM', reason: 'killed', actor: 'somebody' })
  expect(outcome.leftovers).toMatchObject({ proof: 'listed', survivors: [] })
})

test('a stop that was begun is carried on by the next keeper', async () => {
  await using engine = await Engine.start()
  const log = join(engine.home.dir, 'log')
  const run = await replacedInTime(async (graceMs) => {
    const stopping = await engine.start({ argv: fixture('signals', log, 'it', 'ignore') })
    await stopping.printed('it ready')
    await stopping.stop({ graceMs, actor: 'somebody' })
    return stopping
  })
  expect(run.readState()).toMatchObject({ intent: { actor: 'somebody' } })
  expect(await run.outcome()).toMatchObject({ signal: 'SIGKILL', reason: 'killed', actor: 'somebody' })
})

test('a successor resizes, feeds and ends a run', async () => {
  await using engine = await Engine.start()
  const terminal = await engine.start({
    argv: ['sh', '-c', 'echo ready; read a; stty size; exit 3'],
    pty: { rows: 24, cols: 80 },
  })
  await terminal.printed('ready')
  await terminal.replaceKeeper()
  await terminal.ask({ op: 'resize', rows: 33, cols: 133 })
  await terminal.write('go\n')
  expect((await terminal.outcome()).code).toBe(3)
  expect(terminal.text()).toContain('33 133\r\n')

  const piped = await engine.start({ argv: ['cat'], stdin: 'pipe' })
  await piped.write('one\n')
  await piped.printed('one')
  await piped.replaceKeeper()
  await piped.write('two\n')
  await piped.printed('two')
  await piped.replaceKeeper()
  await piped.closeInput()
  expectOrphansEnd(await piped.outcome(), { code: 0 })
  expect(piped.text()).toBe('one\ntwo\n')

  const limited = await replacedInTime((deadlineMs) =>
    engine.start({ argv: lasting, limits: { deadlineMs } }),
  )
  expect(await limited.outcome()).toMatchObject({ reason: 'timed_out', signal: 'SIGTERM' })
})

// What forks twice is init's where there is no subreaper, and nobody's who looks.
test.skipIf(isWithout('subreaper'))('a successor finds a process that has cut every tie', async () => {
  // Where a run has a cgroup, that remembers, and nothing is written down.
  await using engine = await Engine.start({ env: { FETTLE_TEST_DISABLE: disabledWith('cgroup') } })
  const pidFile = join(engine.home.dir, 'pid')
  const run = await engine.start({ argv: fixture('daemonize', pidFile, 'stay') })
  // Another run whose keeper lives: its processes are no business of the successor's.
  const other = await engine.start({ argv: ['sh', '-c', 'setsid sleep 1000 & echo ready; wait'] })
  const left = await readPidFile(pidFile)
  await run.printed('ready')
  await other.printed('ready')
  await until(() => readLedger(run.paths.ledger)?.members.some(({ pid }) => pid === left.pid), {
    what: 'the process to be written down',
  })
  await run.replaceKeeper()
  expect(await run.memberPids()).toContain(left.pid)
  await run.stop({ graceMs: 1_000 })
  expect(await run.outcome()).toMatchObject({ leftovers: { survivors: [] } })
  await gone(left)
  expect(other.readOutcome()).toBeNull()
  expect(await other.memberPids()).toHaveLength(2)
})

test('a keeper that is killed when its run has ended already writes what the next one says', async () => {
  await using engine = await Engine.start()
  for (let i = 0; i < 10; i++) {
    const run = await engine.start({ argv: ['sh', '-c', `echo ${i}; exit ${i}`] })
    await until(() => existsSync(run.paths.reaped) || run.readOutcome() !== null)
    await run.killKeeper()
    expectOrphansEnd(await run.outcome(), { code: i })
    expect(run.text()).toBe(`${i}\n`)
  }
})

test('a run is started once, whenever its first keeper is killed', async () => {
  await using engine = await Engine.start()
  for (let i = 0; i < 20; i++) {
    const log = join(engine.home.dir, `log-${i}`)
    const run = await engine.start({ argv: ['sh', '-c', `echo started >> ${log}; echo printed; exit 9`] })
    await Bun.sleep(i * 1.5)
    await run.killKeeper()
    const outcome = await run.outcome()
    const started = existsSync(log) ? readFileSync(log, 'utf8') : ''
    // Where orphans go to init nobody can tell whether it was born; it is not born again.
    if (isWithout('subreaper') && outcome.state === 'lost') expect(['', 'started\n']).toContain(started)
    else {
      expectOrphansEnd(outcome, { code: 9 })
      expect(started).toBe('started\n')
      expect(run.text()).toBe('printed\n')
    }
  }
})

test.skipIf(isWithout('subreaper'))(
  'a run is started once, however many of its first keepers are killed in a row',
  async () => {
    await using engine = await Engine.start()
    const lane = async (n: number): Promise<void> => {
      for (let i = 0; i < 15; i++) {
        const log = join(engine.home.dir, `log-${n}-${i}`)
        const script = `echo started >> ${log}; seq 1 20000; exit 9`
        const run = await engine.start({ argv: ['sh', '-c', script] })
        for (let kills = 0; kills < 3 && run.readOutcome() === null; kills++) {
          await Bun.sleep(Math.random() * 40)
          await run.killKeeper()
        }
        expectOrphansEnd(await run.outcome(), { code: 9 })
        expect(readFileSync(log, 'utf8')).toBe('started\n')
        expect(differenceAfterKills(run.output().bytes, numberedLines(20_000))).toBeNull()
      }
    }
    await Promise.all([lane(0), lane(1), lane(2), lane(3)])
  },
)

test('a keeper that does not come to life any more is replaced with patience', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: lasting })
  await run.printed('ready')
  for (let i = 0; i < 20; i++) await run.replaceKeeper()
  expect(await run.generation()).toBeGreaterThanOrEqual(21)
  await run.stop()
  expectOrphansEnd(await run.outcome(), { signal: 'SIGTERM' })
})
