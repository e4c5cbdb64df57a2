// In a pid namespace of its own, with an init that we choose: exits of strangers, and numbers that are given out again.

import { existsSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'bun:test'
import { fettleBinary } from '../support/binary.ts'
import { CliHome } from '../support/cli-home.ts'
import { Engine } from '../support/engine.ts'
import type { EngineRun } from '../support/engine-run.ts'
import { findHomeProcesses, killProcess, type HomeProcess } from '../support/home-processes.ts'
import { fixture } from '../support/fixture.ts'
import { canMount } from '../support/small-disk.ts'
import { until } from '../support/until.ts'

/** An engine whose processes have numbers of their own; /proc is theirs too. */
function startApart(options: { init: 'reap' | 'never'; env?: Record<string, string> }): Promise<Engine> {
  return Engine.start({
    ...(options.env === undefined ? {} : { env: options.env }),
    wrapper: ['unshare', '--pid', '--fork', '--mount-proc', ...fixture('init', options.init)],
  })
}

function commandWith(engine: Engine, word: string): HomeProcess[] {
  return findHomeProcesses(engine.home.dir).filter(({ command }) => command.startsWith(word))
}

/** argv that makes a program one of the engine's namespace. */
function enter(engine: Engine): string[] {
  const init = commandWith(engine, 'python3').find(({ command }) => command.includes('init.py'))
  if (init === undefined) throw new Error('There is no init')
  return ['nsenter', '--target', String(init.pid), '--pid', '--mount']
}

async function killAll(engine: Engine, word: string): Promise<void> {
  const found = commandWith(engine, word)
  if (found.length === 0) throw new Error(`There is no ${word}`)
  for (const process of found) killProcess(process)
  await until(() => commandWith(engine, word).length === 0, { what: `the end of ${word}` })
}

function keepersOfRuns(engine: Engine): HomeProcess[] {
  return commandWith(engine, 'fettle __keeper').filter(({ command }) => !command.endsWith(' wait'))
}

/** Anchor and keeper are killed; the run lives on as a child of the namespace's init. */
async function orphan(engine: Engine, run: EngineRun): Promise<void> {
  await run.printed('ready')
  await killAll(engine, 'fettle __anchor')
  await killAll(engine, 'fettle __keeper')
}

async function takeUp(engine: Engine, run: EngineRun): Promise<void> {
  await engine.startAnchor([...enter(engine), ...fixture('become')])
  await engine.adopt(run)
}

const waiting = ['sh', '-c', 'echo ready; while [ ! -e "$HOME/go" ]; do sleep 0.01; done; exit 11']
const letGo = (engine: Engine): Promise<number> => Bun.write(join(engine.home.dir, 'go'), '')
const withoutRecord = { FETTLE_TEST_DISABLE: 'pidfd_info' }

describe.skipIf(!canMount)('the exit code of a run whose hands were both killed', () => {
  test('is in the zombie where init does not reap', async () => {
    await using engine = await startApart({ init: 'never', env: withoutRecord })
    const run = await engine.start({ argv: waiting })
    await orphan(engine, run)
    await takeUp(engine, run)
    await letGo(engine)
    expect(await run.outcome()).toMatchObject({ state: 'exited', code: 11, source: 'zombie' })
  })

  test('is in the zombie as well when the run ended before anybody came', async () => {
    await using engine = await startApart({ init: 'never', env: withoutRecord })
    const run = await engine.start({ argv: waiting })
    await orphan(engine, run)
    await letGo(engine)
    await until(() => commandWith(engine, 'sh').length === 0, { what: 'the end of the run' })
    await takeUp(engine, run)
    expect(await run.outcome()).toMatchObject({ state: 'exited', code: 11, source: 'zombie' })
  })

  test('is with the kernel where init reaps at once, and else lost, never a wrong one', async () => {
    await using engine = await startApart({ init: 'reap' })
    const run = await engine.start({ argv: waiting })
    await orphan(engine, run)
    await takeUp(engine, run)
    await run.ask({ op: 'status' })
    await letGo(engine)
    const outcome = await run.outcome()
    // A keeper that looks between the death and init's wait reads the code from the zombie, on any kernel.
    if (outcome.source === 'zombie' || kernelAtLeast(6, 15))
      expect(outcome).toMatchObject({ state: 'exited', code: 11 })
    else expect(outcome).toMatchObject({ state: 'lost', code: null, source: 'lost' })
  })

  test('is with a new anchor when the run ends in the moment in which it has no keeper', async () => {
    if (!kernelAtLeast(6, 15)) return
    await using engine = await startApart({ init: 'reap' })
    for (let i = 0; i < 4; i++) {
      const go = `go-${i}`
      const script = `echo ready; while [ ! -e "$HOME/${go}" ]; do :; done; exit 1${i}`
      const run = await engine.start({ argv: ['sh', '-c', script] })
      await run.printed('ready')
      await killAll(engine, 'fettle __anchor')
      await takeUp(engine, run)
      await until(async () => (await engine.heldRuns()).length === 1)
      for (const keeper of keepersOfRuns(engine)) killProcess(keeper)
      await Bun.write(join(engine.home.dir, go), '')
      expect(await run.outcome()).toMatchObject({ state: 'exited', code: 10 + i })
    }
  })

  test('is lost where nobody has kept it', async () => {
    await using engine = await startApart({ init: 'reap', env: withoutRecord })
    const run = await engine.start({ argv: waiting })
    await orphan(engine, run)
    await letGo(engine)
    await until(() => commandWith(engine, 'sh').length === 0, { what: 'the end of the run' })
    await takeUp(engine, run)
    expect(await run.outcome()).toMatchObject({
      state: 'lost',
      code: null,
      signal: null,
      source: 'lost',
      reason: 'backend_lost',
    })
  })
})

function kernelAtLeast(major: number, minor: number): boolean {
  const [ours = 0, its = 0] = release().split('.').map(Number)
  return ours > major || (ours === major && its >= minor)
}

/** Gives the number of a process that is gone to a stranger, who leads a session and has a child in it. */
const REUSE = `import os, sys, time
number, pid_file, stays = int(sys.argv[1]), sys.argv[2], sys.argv[3] == 'stays'
while True:
    with open('/proc/sys/kernel/ns_last_pid', 'w') as file: file.write(str(number - 1))
    child = os.fork()
    if child == 0:
        if os.getpid() != number: os._exit(0)
        os.setsid()
        if os.fork() != 0:
            if stays: os.execv('/bin/sleep', ['stranger', '1000'])
            os._exit(0)
        with open(pid_file, 'w') as file: file.write('started')
        os.execv('/bin/sleep', ['strangers-child', '1000'])
    if child == number: break
    os.waitpid(child, 0)
if not stays: os.waitpid(child, 0)
`

describe.skipIf(!canMount || !existsSync('/proc/sys/kernel/ns_last_pid'))(
  'a number that was given out again',
  () => {
    test.each(['stays', 'has gone itself'])(
      'its new owner leads a session and %s: nobody of it is signalled',
      async (how) => {
        await using engine = await startApart({ init: 'reap' })
        const run = await engine.start({ argv: waiting })
        await orphan(engine, run)
        const leader = run.readState()?.leader
        if (leader === undefined || leader === null) throw new Error('no leader')
        await letGo(engine)
        await until(() => commandWith(engine, 'sh').length === 0, { what: 'the end of the run' })
        const pidFile = join(engine.home.dir, 'stranger')
        const [nsenter = '', ...args] = enter(engine)
        Bun.spawn([nsenter, ...args, 'python3', '-c', REUSE, String(leader.pid), pidFile, how], {
          env: engine.home.env,
          stdio: ['ignore', 'inherit', 'inherit'],
        })
        await until(() => existsSync(pidFile), { what: 'the stranger' })
        const strangers = how === 'stays' ? 2 : 1
        await until(() => commandWith(engine, 'stranger').length === strangers)
        await takeUp(engine, run)
        const stopped = run.stop({ graceMs: 0 })
        expect(await run.outcome()).toMatchObject({ state: 'lost', leftovers: { survivors: [], stopped: 0 } })
        await Promise.race([Promise.allSettled([stopped]), Bun.sleep(100)])
        expect(commandWith(engine, 'stranger')).toHaveLength(strangers)
      },
    )
  },
)

describe.skipIf(!canMount)('no terminal to be had', () => {
  test('a terminal run is refused, hangs nobody, and others go on', async () => {
    await using engine = await Engine.start({ wrapper: ['unshare', '-m', ...fixture('bare-dev')] })
    const refusal = await engine.start({ argv: ['tty'], pty: { rows: 24, cols: 80 } }).then(
      () => null,
      (error: unknown) => String(error),
    )
    expect(refusal).toContain('ENOENT')
    const run = await engine.start({ argv: ['sh', '-c', 'echo text; exit 3'] })
    expect((await run.outcome()).code).toBe(3)
    await until(async () => (await engine.heldRuns()).length === 0, { what: 'the run to be let go' })
  })

  test('a person who asks for one is told the stage and the reason', async () => {
    await using cli = new CliHome()
    const argv = ['unshare', '-m', ...fixture('bare-dev'), fettleBinary(), 'fettle']
    const fettle = (...args: string[]): { exitCode: number; stdout: Buffer; stderr: Buffer } =>
      Bun.spawnSync([...argv, ...args], { cwd: cli.work, env: cli.env })
    const refused = fettle('run', '--name', 'term', '--pty', '--wait', '--', 'tty')
    expect(refused.exitCode).not.toBe(0)
    expect(refused.stderr.toString()).toContain('ENOENT')
    // The daemon and its anchor live in that namespace, and go on.
    expect((await cli.run(['run', '--wait', '--', 'sh', '-c', 'exit 3'])).code).toBe(3)
    const status = await cli.run(['status', 'term', '--json'])
    expect(JSON.parse(status.out)).toMatchObject({
      state: 'failed_to_start',
      outcome: { failure: { stage: 'pty', errno: 'ENOENT' } },
    })
  })
})
