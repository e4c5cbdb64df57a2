// The stop ladder: who is asked first, who is killed, and that nobody is left.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import { isAlive } from '../../src/platform/linux/processes.ts'
import { PROVEN_EMPTY } from '../support/expected-end.ts'
import { Engine } from '../support/engine.ts'
import { isWithout } from '../support/features.ts'
import { fixture } from '../support/fixture.ts'
import { readPidFile } from '../support/processes.ts'
import { until } from '../support/until.ts'

const isRoot = process.getuid?.() === 0
/** So long that a test which had to wait for it would fail: the phase must end by the fact. */
const NEVER_MS = 200_000

test('a cooperative run ends at its first signal', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['sleep', '1000'] })
  await run.leader()
  await run.stop({ graceMs: NEVER_MS, actor: 'owner:somebody' })
  expect(await run.outcome()).toMatchObject({
    state: 'exited',
    code: null,
    signal: 'SIGTERM',
    reason: 'killed',
    actor: 'owner:somebody',
    source: 'waited',
    leftovers: { proof: PROVEN_EMPTY, survivors: [] },
  })
})

test('a run of the same name in a copy of the home is a stranger', async () => {
  await using engine = await Engine.start()
  await using other = await Engine.start()
  const lasting = ['sh', '-c', 'echo ready; while :; do sleep 0.1; done']
  const run = await engine.start({ argv: lasting })
  const stranger = await other.start({ argv: lasting })
  expect(stranger.name).toBe(run.name)
  await run.printed('ready')
  await stranger.printed('ready')
  const leader = await stranger.leader()
  expect(await run.memberPids()).not.toContain(leader.pid)
  await run.replaceKeeper()
  expect(await run.memberPids()).not.toContain(leader.pid)
  await run.stop({ graceMs: 200 })
  await run.outcome()
  expect(isAlive(leader)).toBe(true)
  expect(stranger.readOutcome()).toBeNull()
})

test('a cooperative tree ends at once', async () => {
  await using engine = await Engine.start()
  const script = 'for i in 1 2 3; do (sleep 1000 & sleep 1000; :) & done; echo ready; wait'
  const run = await engine.start({ argv: ['sh', '-c', script] })
  await run.printed('ready')
  await until(() => run.memberPids(), { holds: (pids) => pids.length === 10, what: 'ten members' })
  await run.stop({ graceMs: NEVER_MS })
  expect(await run.outcome()).toMatchObject({ leftovers: { proof: PROVEN_EMPTY, stopped: 9 } })
})

test('children that nobody told are told the moment their leader is gone', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['sh', '-c', 'sleep 1000 & sleep 1000 & echo ready; wait'] })
  await run.printed('ready')
  await run.stop({ graceMs: NEVER_MS })
  expect(await run.outcome()).toMatchObject({ signal: 'SIGTERM', leftovers: { proof: PROVEN_EMPTY } })
})

test('the first signal is the one of the spec', async () => {
  await using engine = await Engine.start()
  const log = join(engine.home.dir, 'log')
  const run = await engine.start({
    argv: fixture('signals', log, 'leader', 'end'),
    stop: { signal: 'SIGINT' },
  })
  await run.printed('leader ready')
  await run.stop({ graceMs: NEVER_MS })
  expect((await run.outcome()).code).toBe(0)
  expect(readFileSync(log, 'utf8')).toBe('leader SIGINT\n')
})

test('who ignores SIGTERM is killed when the grace is over', async () => {
  await using engine = await Engine.start()
  const log = join(engine.home.dir, 'log')
  const run = await engine.start({ argv: fixture('signals', log, 'leader', 'ignore', 'child', 'ignore') })
  await run.printed('child ready')
  await run.printed('leader ready')
  await run.stop({ graceMs: 300 })
  expect(await run.outcome()).toMatchObject({
    signal: 'SIGKILL',
    reason: 'killed',
    leftovers: { proof: PROVEN_EMPTY },
  })
})

test('the leader is asked first, the others at half the grace', async () => {
  await using engine = await Engine.start()
  const log = join(engine.home.dir, 'log')
  const run = await engine.start({
    argv: fixture('signals', log, 'leader', 'end-with-child', 'child', 'end'),
  })
  await run.printed('child ready')
  await run.printed('leader ready')
  await run.stop({ graceMs: 6_000 })
  expect((await run.outcome()).code).toBe(0)
  const [first, ...others] = readFileSync(log, 'utf8').trim().split('\n')
  expect(first).toBe('leader SIGTERM')
  expect(others).toContain('child SIGTERM')
})

test('somebody less patient hastens a stop', async () => {
  await using engine = await Engine.start()
  const log = join(engine.home.dir, 'log')
  const run = await engine.start({ argv: fixture('signals', log, 'leader', 'ignore') })
  await run.printed('leader ready')
  await run.stop({ graceMs: NEVER_MS, actor: 'first' })
  await run.stop({ graceMs: 0, actor: 'second' })
  expect(await run.outcome()).toMatchObject({ signal: 'SIGKILL', actor: 'first' })
})

// It forks twice: where there is no subreaper it is init's.
test.skipIf(isWithout('subreaper'))('a process that has cut every tie ends as well', async () => {
  await using engine = await Engine.start()
  const pidFile = join(engine.home.dir, 'pid')
  const run = await engine.start({ argv: fixture('daemonize', pidFile, 'stay') })
  const left = await readPidFile(pidFile)
  await run.printed('ready')
  expect(await run.memberPids()).toContain(left.pid)
  await run.stop({ graceMs: NEVER_MS })
  expect(await run.outcome()).toMatchObject({ leftovers: { proof: PROVEN_EMPTY } })
  expect(isAlive(left)).toBe(false)
})

test('stopped processes are woken to act on SIGTERM', async () => {
  await using engine = await Engine.start()
  const log = join(engine.home.dir, 'log')
  const run = await engine.start({ argv: fixture('signals', log, 'leader', 'end', 'child', 'end') })
  await run.printed('child ready')
  await run.printed('leader ready')
  const pids = await run.memberPids()
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  await until(() => pids.every((pid) => /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))))
  await run.stop({ graceMs: NEVER_MS })
  expect((await run.outcome()).code).toBe(0)
  expect(readFileSync(log, 'utf8')).toBe('leader SIGTERM\nchild SIGTERM\n')
})

test('a chain that forks on while it is being killed ends', async () => {
  await using engine = await Engine.start()
  const mercy = join(engine.home.dir, 'mercy')
  const run = await engine.start({ argv: fixture('forker', mercy) })
  try {
    await run.printed('ready')
    await run.stop({ graceMs: 200 })
    expect(await run.outcome()).toMatchObject({ leftovers: { proof: PROVEN_EMPTY, survivors: [] } })
  } finally {
    writeFileSync(mercy, '')
  }
})

test.skipIf(isRoot)('a fork bomb ends', async () => {
  await using engine = await Engine.start()
  const mercy = join(engine.home.dir, 'mercy')
  const run = await engine.start({ argv: fixture('bomb', mercy, '60') })
  try {
    await run.printed('full')
    await run.stop({ graceMs: 500 })
    expect(await run.outcome()).toMatchObject({ leftovers: { proof: PROVEN_EMPTY, survivors: [] } })
  } finally {
    writeFileSync(mercy, '')
  }
})

test.skipIf(isRoot)(
  'a fork bomb that takes the last process from its keeper and anchor ends too',
  async () => {
    await using engine = await Engine.start({ wrapper: fixture('limit-processes', '80') })
    const mercy = join(engine.home.dir, 'mercy')
    const run = await engine.start({ argv: fixture('bomb', mercy, 'none') })
    const bystander = await engine.start({
      argv: ['sh', '-c', 'while [ ! -e "$HOME/mercy" ]; do :; done; exit 3'],
    })
    try {
      await run.printed('full')
      await run.stop({ graceMs: 500 })
      expect(await run.outcome()).toMatchObject({ leftovers: { proof: PROVEN_EMPTY, survivors: [] } })
    } finally {
      writeFileSync(mercy, '')
    }
    expect((await bystander.outcome()).code).toBe(3)
  },
)

test('a single signal is no stop', async () => {
  await using engine = await Engine.start()
  const log = join(engine.home.dir, 'log')
  const run = await engine.start({ argv: fixture('signals', log, 'leader', 'ignore', 'child', 'ignore') })
  await run.printed('child ready')
  await run.printed('leader ready')
  const send = (signal: string, target: string): Promise<object> =>
    run.ask({ op: 'signal', signal, target, actor: 'test' })
  expect(await send('SIGHUP', 'leader')).toEqual({ t: 'ok', data: { sent: 1 } })
  await until(() => existsSync(log) && readFileSync(log, 'utf8') === 'leader SIGHUP\n')
  expect(await send('SIGINT', 'all')).toEqual({ t: 'ok', data: { sent: 2 } })
  await until(
    () =>
      readFileSync(log, 'utf8').split('\n').toSorted().join() === ',child SIGINT,leader SIGHUP,leader SIGINT',
  )
  expect(await send('SIGNONSENSE', 'leader')).toMatchObject({ t: 'error', code: 'bad_value' })
  expect(run.readState()?.name).toBe('running')
  await send('SIGKILL', 'leader')
  expect(await run.outcome()).toMatchObject({ signal: 'SIGKILL', reason: 'signal', actor: 'run' })
})
