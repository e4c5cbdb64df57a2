// SIGKILL to the anchor: keepers carry on, a new anchor takes the other hand, and a later death of a keeper costs
// nothing that the kernel still knows.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import { endedWell } from '../../src/core/restart/restart-policy.ts'
import { listProcesses, readCommandLine, type ProcessStat } from '../../src/platform/linux/processes.ts'
import { writeState } from '../../src/store/run-files/state.ts'
import { differenceAfterKills, differenceOf } from '../support/output-on-disk.ts'
import { Engine } from '../support/engine.ts'
import { expectStrangersEnd } from '../support/expected-end.ts'
import type { EngineRun } from '../support/engine-run.ts'
import { killProcess } from '../support/home-processes.ts'
import { killKeeperOf } from '../support/kill-keeper.ts'
import { replacedInTime } from '../support/in-time.ts'
import { numberedLines } from '../support/payload.ts'
import { gone } from '../support/processes.ts'
import { until } from '../support/until.ts'

const lasting = ['sh', '-c', 'echo ready; exec sleep 1000']
/** Waits for a file, so that the end comes when the test says so. */
const untilGo = 'while [ ! -e "$HOME/go" ]; do sleep 0.01; done'
const go = (engine: Engine): Promise<number> => Bun.write(join(engine.home.dir, 'go'), '')

/** Loaded ahead of time, for the next run that needs one. */
function spareKeeperOf(anchorPid: number): ProcessStat | null {
  const isSpare = ({ pid, ppid, state }: ProcessStat): boolean =>
    ppid === anchorPid && state !== 'Z' && readCommandLine(pid, '').endsWith('__keeper wait')
  return listProcesses().find(isSpare) ?? null
}

async function replaceAnchor(engine: Engine, runs: readonly EngineRun[]): Promise<void> {
  await engine.killAnchor()
  await engine.startAnchor()
  for (const run of runs) await engine.adopt(run)
}

test('keepers carry on without an anchor', async () => {
  await using engine = await Engine.start()
  const flood = await engine.start({ argv: ['sh', '-c', `${untilGo}; seq 1 3000000; exit 4`] })
  const stopped = await engine.start({ argv: lasting })
  const limited = await engine.start({ argv: lasting, limits: { deadlineMs: 3_000 } })
  const piped = await engine.start({ argv: ['cat'], stdin: 'pipe' })
  await stopped.printed('ready')
  await limited.printed('ready')
  await engine.killAnchor()
  await go(engine)
  await stopped.stop()
  await piped.write('text\n')
  await piped.printed('text')
  expect(await flood.outcome()).toMatchObject({ code: 4, source: 'waited' })
  expect(await stopped.outcome()).toMatchObject({ signal: 'SIGTERM', reason: 'killed' })
  expect(await limited.outcome()).toMatchObject({ reason: 'timed_out' })
  expect(differenceOf(flood.output().bytes, numberedLines(3_000_000))).toBeNull()
})

test('a new anchor holds what the old one held, and lets go of it', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['sh', '-c', `echo ready; ${untilGo}; exit 6`] })
  await run.printed('ready')
  const [before] = await engine.heldRuns()
  await replaceAnchor(engine, [run])
  expect(await engine.heldRuns()).toEqual(before === undefined ? [] : [before])
  await go(engine)
  expect(await run.outcome()).toMatchObject({ code: 6, source: 'waited' })
  await until(async () => (await engine.heldRuns()).length === 0, { what: 'the run to be let go' })
})

test.each(['fifo', 'terminal'] as const)(
  'then a keeper is killed: the output of a %s is exact',
  async (kind) => {
    await using engine = await Engine.start()
    const count = kind === 'fifo' ? 3_000_000 : 500_000
    const run = await engine.start({
      argv: ['sh', '-c', `${untilGo}; seq 1 ${count}; exit 7`],
      pty: kind === 'fifo' ? null : { rows: 24, cols: 80 },
      stdin: kind === 'fifo' ? 'none' : 'pty',
    })
    await run.leader()
    await replaceAnchor(engine, [run])
    await go(engine)
    for (let kills = 0; run.readOutcome() === null && kills < 30;) {
      if (await run.killKeeper()) kills++
      await Bun.sleep(Math.random() * 60)
    }
    expectStrangersEnd(await run.outcome(), { code: 7 })
    const expected = numberedLines(count, kind === 'fifo' ? '\n' : '\r\n')
    expect(differenceAfterKills(run.output().bytes, expected)).toBeNull()
  },
)

test('then a keeper is killed: stop, input, end of input and deadline still work', async () => {
  await using engine = await Engine.start()
  const stopped = await engine.start({ argv: ['sh', '-c', 'setsid sleep 1000 & echo ready; wait'] })
  const piped = await engine.start({ argv: ['cat'], stdin: 'pipe' })
  const runs = [stopped, piped]
  await stopped.printed('ready')
  await piped.write('one\n')
  await piped.printed('one')
  await replaceAnchor(engine, runs)
  for (const run of runs) await run.replaceKeeper()
  await piped.write('two\n')
  await piped.printed('two')
  await piped.closeInput()
  await stopped.stop()
  expect((await stopped.outcome()).leftovers.survivors).toEqual([])
  expectStrangersEnd(await piped.outcome(), { code: 0 })
  expect(piped.text()).toBe('one\ntwo\n')
  const limited = await replacedInTime(async (deadlineMs) => {
    const late = await engine.start({ argv: lasting, limits: { deadlineMs } })
    await late.leader()
    await replaceAnchor(engine, [late])
    return late
  })
  expect(await limited.outcome()).toMatchObject({ reason: 'timed_out' })
})

test('then a run ends in the very moment in which it has no keeper', async () => {
  await using engine = await Engine.start()
  const runs: EngineRun[] = []
  for (let i = 0; i < 8; i++) {
    const script = `echo ready; while [ ! -e "$HOME/go-${i}" ]; do :; done; exit 1${i}`
    runs.push(await engine.start({ argv: ['sh', '-c', script] }))
  }
  for (const run of runs) await run.printed('ready')
  await replaceAnchor(engine, runs)
  for (const [i, run] of runs.entries()) {
    await run.killKeeper()
    await Bun.write(join(engine.home.dir, `go-${i}`), '')
    expectStrangersEnd(await run.outcome(), { code: 10 + i })
  }
})

test('anchor and keeper both dead: the run lives on and its output is exact', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['sh', '-c', `echo ready; ${untilGo}; seq 1 1000000; exit 8`] })
  await run.printed('ready')
  await engine.killAnchor()
  await killKeeperOf(run)
  await go(engine)
  await engine.startAnchor()
  await engine.adopt(run)
  expectStrangersEnd(await run.outcome(), { code: 8 })
  const expected = Buffer.concat([Buffer.from('ready\n'), numberedLines(1_000_000)])
  expect(differenceAfterKills(run.output().bytes, expected)).toBeNull()
})

test('anchor and keeper dead, and the run ended meanwhile: it is lost, and never a code', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['sh', '-c', `echo ready; ${untilGo}; echo last; exit 0`] })
  await run.printed('ready')
  const leader = await run.leader()
  await engine.killAnchor()
  await killKeeperOf(run)
  await go(engine)
  await gone(leader)
  await engine.startAnchor()
  await engine.adopt(run)
  const outcome = await run.outcome()
  // An init that does not reap keeps the code in the zombie.
  if (outcome.source === 'zombie') expect(outcome).toMatchObject({ state: 'exited', code: 0 })
  else
    expect(outcome).toMatchObject({
      state: 'lost',
      code: null,
      signal: null,
      source: 'lost',
      reason: 'backend_lost',
    })
})

test('anchor and keeper dead: a run whose stdin that cuts off does not end well, and takes no more', async () => {
  await using engine = await Engine.start()
  const script = `echo ready; ${untilGo}; cat > /dev/null; exit 0`
  const cut = await engine.start({ argv: ['sh', '-c', script], stdin: 'pipe' })
  const given = await engine.start({
    argv: ['sh', '-c', `cat; echo ready; ${untilGo}; exit 0`],
    stdin: 'pipe',
  })
  const hungUp = await engine.start({ argv: lasting, pty: { rows: 24, cols: 80 } })
  for (const run of [cut, given]) await run.write('text\n'.repeat(100_000))
  await given.closeInput()
  await until(() => given.readState()?.inputDone, { what: 'the input to be given' })
  for (const run of [cut, given, hungUp]) await run.printed('ready')
  await engine.killAnchor()
  for (const run of [cut, given, hungUp]) await killKeeperOf(run)
  await engine.startAnchor()
  for (const run of [cut, given, hungUp]) await engine.adopt(run)
  await until(() => existsSync(cut.paths.inputClosed), { what: 'what can be given no more to be closed' })
  await go(engine)
  const end = await cut.outcome()
  expect(end).toMatchObject({ reason: 'backend_lost' })
  expect(end.evidence).toContain('its stdin was cut off, and nobody knows how much arrived of the 500 kB')
  expect(endedWell(end)).toBe(false)
  const terminal = await hungUp.outcome()
  expect(terminal).toMatchObject({ reason: 'backend_lost' })
  expect(terminal.evidence).toContain('its terminal was hung up')
  expectStrangersEnd(await given.outcome(), { code: 0, reason: 'exit' })
})

test('what a run has left behind is held by the new anchor as well', async () => {
  await using engine = await Engine.start()
  const script = `(${untilGo}; seq 1 1000000) & echo left; exit 0`
  const run = await engine.start({ argv: ['sh', '-c', script], leftovers: 'keep' })
  expect(await run.outcome()).toMatchObject({ code: 0, leftovers: { proof: 'survivors' } })
  await replaceAnchor(engine, [run])
  await run.replaceKeeper()
  await go(engine)
  const expected = Buffer.concat([Buffer.from('left\n'), numberedLines(1_000_000)])
  await until(() => run.output().end === expected.byteLength, { what: 'what it prints late' })
  expect(differenceOf(run.output().bytes, expected)).toBeNull()
  await until(async () => (await engine.heldRuns()).length === 0, { what: 'the run to be let go' })
})

test('a successor that asks a dying anchor for its run asks the next one', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['sh', '-c', `echo ready; ${untilGo}; exit 6`] })
  await run.printed('ready')
  const leader = await run.leader()
  // A successor of the reserve would ask at once; one that has to be loaded can be stopped before it does.
  const spare = await until(() => spareKeeperOf(engine.anchorPid), { what: 'a keeper in reserve' })
  killProcess(spare)
  await until(() => spareKeeperOf(engine.anchorPid) === null, { what: 'the reserve to be gone' })
  process.kill(engine.anchorPid, 'SIGSTOP')
  const before = run.readState()?.keeper?.pid
  await killKeeperOf(run)
  // As if it had been killed before it could write down whom it had started.
  const state = run.readState()
  if (state === null) throw new Error('There is no state')
  const startedMonoMs = state.startedMonoMs - 1_000
  writeState(run.paths.state, { ...state, name: 'starting', leader: null, startedMonoMs })
  process.kill(engine.anchorPid, 'SIGCONT')
  const successor = await until(async () => (await engine.heldRuns())[0]?.keeperPid, {
    holds: (pid) => pid !== before,
    what: 'a successor',
  })
  process.kill(successor, 'SIGSTOP')
  await engine.killAnchor()
  process.kill(successor, 'SIGCONT')
  await engine.startAnchor()
  await until(() => run.ask({ op: 'status' }), { what: 'the successor' })
  await engine.adopt(run)
  await until(() => run.readState()?.leader?.pid === leader.pid, { what: 'the run to be found' })
  await go(engine)
  expectStrangersEnd(await run.outcome(), { code: 6 })
})

test('an anchor that dies while it starts a run: the run is started once', async () => {
  await using engine = await Engine.start()
  for (let i = 0; i < 12; i++) {
    const log = join(engine.home.dir, `log-${i}`)
    const run = await engine.start({ argv: ['sh', '-c', `echo started >> ${log}; echo printed; exit 9`] })
    await Bun.sleep(i * 4)
    await replaceAnchor(engine, [run])
    const outcome = await run.outcome()
    const started = existsSync(log) ? readFileSync(log, 'utf8') : ''
    // Where its keeper was not up yet nobody can tell whether it was born; it is not born again.
    if (outcome.state === 'lost') expect(['', 'started\n']).toContain(started)
    else {
      expect(outcome).toMatchObject({ state: 'exited', code: 9 })
      expect(started).toBe('started\n')
      expect(run.text()).toBe('printed\n')
    }
  }
})

test('a second anchor of a home steps back', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: lasting })
  await run.printed('ready')
  const [first] = await engine.heldRuns()
  const second = Bun.spawn([...engine.anchorCommand()], { stdio: ['ignore', 'ignore', 'ignore'] })
  expect(await second.exited).toBe(0)
  expect(await engine.heldRuns()).toEqual(first === undefined ? [] : [first])
})

test('an anchor that holds nothing and that nobody speaks to leaves', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['true'] })
  await run.outcome()
  engine.leaveAnchor()
  await until(() => !engine.isAnchorAlive(), { what: 'the anchor to leave' })
  expect(existsSync(join(engine.home.runtime, 'anchor.sock'))).toBe(false)
})
