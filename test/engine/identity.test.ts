// A pid is not an identity: what is recorded of a process that is gone must never lead to another one that has its
// number now.

import { expect, test } from 'bun:test'
import type { Identity } from '../../src/core/identity/identity.ts'
import { bootId } from '../../src/platform/clock.ts'
import { isAlive, readIdentity } from '../../src/platform/linux/processes.ts'
import { writeLedger } from '../../src/store/run-files/ledger.ts'
import { writeState } from '../../src/store/run-files/state.ts'
import { Engine } from '../support/engine.ts'
import type { EngineRun } from '../support/engine-run.ts'
import { killProcess } from '../support/home-processes.ts'
import { killKeeperOf } from '../support/kill-keeper.ts'
import { gone } from '../support/processes.ts'

/** A process that no run has anything to do with. */
function startStranger(): Identity & Disposable {
  const child = Bun.spawn(['sleep', '1000'], { stdio: ['ignore', 'ignore', 'ignore'] })
  const identity = readIdentity(child.pid)
  if (identity === null) throw new Error('The stranger has not started')
  return { ...identity, [Symbol.dispose]: () => child.kill('SIGKILL') }
}

/** A run of which neither hand and no process is left, so that only its files speak. */
async function abandonedRun(engine: Engine): Promise<EngineRun> {
  const run = await engine.start({ argv: ['sleep', '1000'] })
  const leader = await run.leader()
  await engine.killAnchor()
  await killKeeperOf(run)
  killProcess({ ...leader, command: '' })
  await gone(leader)
  return run
}

test.each([
  ['its number was given to another', (id: Identity) => ({ ...id, startTicks: id.startTicks - 1 })],
  [
    'it lived before the last boot',
    (id: Identity) => ({ ...id, bootId: '00000000-0000-0000-0000-000000000000' }),
  ],
])('the recorded first process is gone: %s', async (_why, forge) => {
  await using engine = await Engine.start()
  using stranger = startStranger()
  const run = await abandonedRun(engine)
  const state = run.readState()
  if (state === null) throw new Error('no state')
  const leader = forge({ bootId: stranger.bootId, pid: stranger.pid, startTicks: stranger.startTicks })
  writeState(run.paths.state, { ...state, leader })
  await engine.startAnchor()
  await engine.adopt(run)
  const sent = run.ask({ op: 'signal', signal: 'SIGKILL', target: 'all', actor: 'test' })
  const stopped = run.stop({ graceMs: 0 })
  expect(await run.outcome()).toMatchObject({ state: 'lost', code: null, source: 'lost' })
  expect(isAlive(stranger)).toBe(true)
  // The keeper may have left before it heard of them.
  await Promise.race([Promise.allSettled([sent, stopped]), Bun.sleep(100)])
  expect(isAlive(stranger)).toBe(true)
})

test('processes written down of a run are gone, and their numbers given to others', async () => {
  await using engine = await Engine.start()
  using stranger = startStranger()
  const run = await abandonedRun(engine)
  const members = [{ pid: stranger.pid, startTicks: stranger.startTicks - 1 }]
  writeLedger(run.paths.ledger, {
    format: 1,
    hostId: engine.home.hostId,
    bootId: bootId(),
    members,
    updatedAtMs: 0,
  })
  await engine.startAnchor()
  await engine.adopt(run)
  expect((await run.outcome()).leftovers).toMatchObject({ stopped: 0, survivors: [] })
  expect(isAlive(stranger)).toBe(true)
})

test('what was written down before the last boot says nothing about this one', async () => {
  await using engine = await Engine.start()
  using stranger = startStranger()
  const run = await abandonedRun(engine)
  const members = [{ pid: stranger.pid, startTicks: stranger.startTicks }]
  const otherBoot = '00000000-0000-0000-0000-000000000000'
  writeLedger(run.paths.ledger, {
    format: 1,
    hostId: engine.home.hostId,
    bootId: otherBoot,
    members,
    updatedAtMs: 0,
  })
  await engine.startAnchor()
  await engine.adopt(run)
  expect((await run.outcome()).leftovers).toMatchObject({ stopped: 0, survivors: [] })
  expect(isAlive(stranger)).toBe(true)
})

test('another run of the same home is a stranger too', async () => {
  await using engine = await Engine.start()
  const script = 'setsid sleep 1000 & sleep 1000 & echo ready; wait'
  const mine = await engine.start({ argv: ['sh', '-c', script] })
  const other = await engine.start({ argv: ['sh', '-c', script] })
  await mine.printed('ready')
  await other.printed('ready')
  const others = (await other.memberPids()).map(readIdentity)
  await mine.replaceKeeper()
  await other.replaceKeeper()
  await mine.stop()
  expect((await mine.outcome()).leftovers.survivors).toEqual([])
  expect(others.map((identity) => identity !== null && isAlive(identity))).toEqual([true, true, true])
})
