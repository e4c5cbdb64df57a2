// Keepers and anchors that live and do not answer (stopped, or waiting for a disk), and the death of an anchor between.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import { keeperSocket, anchorSocket, runDir, runPaths } from '../../src/store/layout.ts'
import { readState } from '../../src/store/run-files/state.ts'
import { isAlive } from '../../src/platform/linux/processes.ts'
import type { Identity } from '../../src/core/identity/identity.ts'
import { keepersOf } from '../storm/held.ts'
import { CliHome } from '../support/cli-home.ts'
import { killProcess } from '../support/home-processes.ts'
import { LineClient } from '../support/line-client.ts'
import { until } from '../support/until.ts'

interface Place {
  readonly state: string
  readonly runtime: string
}

async function placeOf(cli: CliHome): Promise<Place> {
  const { state, runtime } = await cli.json('paths')
  return { state: String(state), runtime: String(runtime) }
}

async function keeperOf(place: Place, id: string): Promise<Identity> {
  return await until(() => readState(runPaths(runDir(place, id, 1)).state)?.keeper, { what: 'a keeper' })
}

async function anchorPid(place: Place): Promise<number> {
  using client = await LineClient.connect(anchorSocket(place))
  return Number((await client.ask({ op: 'hello' }))['pid'])
}

/** Kills the anchor and waits for the one that the daemon starts. */
async function replaceAnchor(place: Place): Promise<void> {
  const before = await anchorPid(place)
  process.kill(before, 'SIGKILL')
  await until(async () => (await anchorPid(place)) !== before, { what: 'another anchor' })
}

async function isHeld(place: Place, id: string): Promise<boolean> {
  return (await keepersOf(place.runtime)).has(`${id}.1`)
}

test('a stop that the keeper does not answer is said to be incomplete', async () => {
  await using cli = new CliHome()
  const id = (await cli.ok('run', '--name', 'mute', '--', 'sleep', '1000')).trim()
  const keeper = await keeperOf(await placeOf(cli), id)
  process.kill(keeper.pid, 'SIGSTOP')
  const { code, out } = await cli.run(['kill', 'mute', '--grace', '100ms'])
  expect(code).toBe(8)
  expect(out).toContain('its keeper does not answer')
  expect(await cli.ok('ps')).toContain('running')
  process.kill(keeper.pid, 'SIGCONT')
  // It does what it was asked, late.
  expect((await cli.run(['wait', 'mute', '--timeout', '20s'])).code).toBe(128 + 15)
}, 60_000)

test('a keeper that was silent when the anchor was replaced is held once it speaks again', async () => {
  await using cli = new CliHome()
  const id = (await cli.ok('run', '--name', 'mute', '--pty', '--', 'sleep', '1000')).trim()
  const place = await placeOf(cli)
  const keeper = await keeperOf(place, id)
  process.kill(keeper.pid, 'SIGSTOP')
  await replaceAnchor(place)
  const log = join(place.state, 'log', 'daemon.log')
  await until(() => readFileSync(log, 'utf8').includes('could not be adopted yet'), {
    what: 'the new anchor to have asked in vain',
  })
  process.kill(keeper.pid, 'SIGCONT')
  await until(async () => await isHeld(place, id), { what: 'the run to be held' })
})

test('what an ended run has left is held by each new anchor, and kept by each new keeper', async () => {
  await using cli = new CliHome()
  const script = '(while [ ! -e go ]; do sleep 0.05; done; seq 1 100000) & exit 0'
  const run = ['run', '--name', 'left', '--leftovers', 'keep', '--', 'sh', '-c', script]
  const id = (await cli.ok(...run)).trim()
  expect((await cli.run(['wait', 'left', '--timeout', '20s'])).code).toBe(0)
  const place = await placeOf(cli)
  await replaceAnchor(place)
  await until(async () => await isHeld(place, id), { what: 'the run to be held by the second anchor' })
  // Both at once: the daemon that comes knows the run from disk only.
  const daemon = await cli.daemonPid()
  process.kill(await anchorPid(place), 'SIGKILL')
  process.kill(daemon, 'SIGKILL')
  await cli.ok('daemon', 'start')
  await until(async () => await isHeld(place, id), { what: 'the run to be held by the third anchor' })
  const keeper = await keeperOf(place, id)
  killProcess({ ...keeper, command: '' })
  await until(() => !isAlive(keeper), { what: 'the end of the keeper' })
  await Bun.write(join(cli.work, 'go'), '')
  await until(async () => (await cli.ok('logs', 'left', '--tail', '1')) === '100000\n', {
    what: 'what it prints late',
  })
  await until(() => !existsSync(keeperSocket(place, id, 1)), { what: 'its keeper to leave' })
})

test('a start that the anchor does not answer fails, and says who is silent', async () => {
  await using cli = new CliHome()
  await cli.ok('daemon', 'start')
  const place = await placeOf(cli)
  const anchor = await anchorPid(place)
  process.kill(anchor, 'SIGSTOP')
  const { code, err } = await cli.run(['run', '--name', 'job', '--', 'touch', 'born'])
  expect(code).toBe(5)
  expect(err).toContain('The anchor lives and has not answered')
  process.kill(anchor, 'SIGCONT')
  await cli.ok('run', '--wait', '--name', 'next', '--', 'true')
  expect(cli.read('born')).toBeNull()
}, 60_000)
