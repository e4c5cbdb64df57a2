// The wall clock is stepped by a day, back or forth, while something is under way: nothing ends early or never.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'bun:test'
import type { EndReason } from '../../src/core/run/state.ts'
import { monotonicMs, nowMs } from '../../src/platform/clock.ts'
import { fettleBinary } from '../support/binary.ts'
import { CliHome } from '../support/cli-home.ts'
import { Engine } from '../support/engine.ts'
import type { EngineRun } from '../support/engine-run.ts'
import { fixture } from '../support/fixture.ts'
import { openArrivalTimes } from '../../src/store/output/arrival-times.ts'
import { canMount, SmallDisk } from '../support/small-disk.ts'
import { DAY_MS, SteppedClock } from '../support/stepped-clock.ts'
import { until } from '../support/until.ts'

const STEPS = [
  ['back', -DAY_MS],
  ['forth', DAY_MS],
] as const

const lasting = ['sh', '-c', 'echo ready; exec sleep 1000']

/** Waits for the end, and for not less than so long since the start. */
async function expectEnd(run: EngineRun, end: { reason: EndReason; afterMs: number }): Promise<void> {
  const outcome = await run.outcome()
  const state = run.readState()
  expect(outcome).toMatchObject({ reason: end.reason })
  expect(monotonicMs() - (state?.startedMonoMs ?? Infinity)).toBeGreaterThanOrEqual(end.afterMs)
}

describe.skipIf(!canMount)('a clock that is stepped', () => {
  test.each(STEPS)('%s: limits and a stop under way', async (_where, stepMs) => {
    using clock = new SteppedClock()
    await using engine = await Engine.start({ wrapper: clock.wrapper })
    const log = join(engine.home.dir, 'log')
    const late = await engine.start({ argv: lasting, limits: { deadlineMs: 3_000 } })
    const idle = await engine.start({ argv: lasting, limits: { idleMs: 3_000 } })
    const deaf = await engine.start({ argv: fixture('signals', log, 'leader', 'ignore') })
    await deaf.printed('leader ready')
    const askedMs = monotonicMs()
    await deaf.stop({ graceMs: 2_000 })
    clock.step(stepMs)
    await expectEnd(late, { reason: 'timed_out', afterMs: 3_000 })
    await expectEnd(idle, { reason: 'idle', afterMs: 3_000 })
    expect(await deaf.outcome()).toMatchObject({ reason: 'killed', signal: 'SIGKILL' })
    expect(monotonicMs() - askedMs).toBeGreaterThanOrEqual(2_000)
    // The times are the clock's own, whatever it says.
    expect(Math.abs((late.readOutcome()?.endedAtMs ?? 0) - nowMs() - stepMs)).toBeLessThan(60_000)
  })

  test.each(STEPS)('%s: output goes on to be stamped with its time', async (_where, stepMs) => {
    using clock = new SteppedClock()
    await using engine = await Engine.start({ wrapper: clock.wrapper })
    const run = await engine.start({ argv: ['sh', '-c', 'echo 1; read x; echo 2; read x'], stdin: 'pipe' })
    await run.printed('1\n')
    clock.step(stepMs)
    await run.write('\n')
    await run.printed('2\n')
    const arrival = await until(() => {
      using times = openArrivalTimes({ dir: run.paths.output, stream: 'out' })
      return times.timeAt(2)
    })
    expect(Math.abs(arrival - nowMs() - stepMs)).toBeLessThan(60_000)
  })

  test('back: a disk that is full is tried again all the same', async () => {
    using clock = new SteppedClock()
    using disk = new SmallDisk({ megabytes: 8 })
    await using engine = await Engine.start({ wrapper: clock.wrapper, state: join(disk.dir, 's') })
    const script = 'echo dropped; while :; do echo more; sleep 0.05; done'
    const run = await engine.start({ argv: ['sh', '-c', script] }, { beforeStart: () => disk.fill() })
    using told = await run.subscribe()
    await until(() => told.pushed.some(({ kind }) => kind === 'disk_full') || run.output().end > 0)
    clock.step(-DAY_MS)
    disk.empty()
    await run.printed('more')
  })

  test.each(STEPS)('%s: a restart that is planned, the daemon killed or not', async (_where, stepMs) => {
    using clock = new SteppedClock()
    await using cli = new CliHome()
    const first = Bun.spawnSync([...clock.wrapper, fettleBinary(), 'fettle', 'daemon', 'start'], {
      env: cli.env,
    })
    expect(first.stderr.toString()).toBe('')
    const policy = ['--restart', 'on-failure', '--restart-delay', '3s']
    for (const name of ['one', 'two']) {
      const script = `echo x >> ${name}; [ -e go ] && exit 0; exit 1`
      await cli.ok('run', '--name', name, ...policy, '--', 'sh', '-c', script)
      await until(async () => (await cli.ok('events', '--job', name, '--json')).includes('restart_planned'))
      await Bun.write(join(cli.work, 'go'), '')
      clock.step(stepMs)
      if (name === 'two') process.kill(await cli.daemonPid(), 'SIGKILL')
      expect((await cli.run(['wait', name, '--timeout', '30s'])).code).toBe(0)
      expect(cli.read(name)).toBe('x\nx\n')
      clock.step(0)
      rmSync(join(cli.work, 'go'))
    }
  })

  test.each(STEPS)('%s: a wait and its time-out', async (_where, stepMs) => {
    using clock = new SteppedClock()
    await using cli = new CliHome()
    await cli.ok('run', '--name', 'job', '--', 'sleep', '1000')
    const waiting = Bun.spawn(
      [...clock.wrapper, fettleBinary(), 'fettle', 'wait', 'job', '--timeout', '2s'],
      {
        env: cli.env,
        stderr: 'pipe',
      },
    )
    const startedMs = monotonicMs()
    await until(() => monotonicMs() > startedMs + 500)
    clock.step(stepMs)
    expect(await waiting.exited).toBe(124)
    expect(monotonicMs() - startedMs).toBeGreaterThanOrEqual(2_000)
    await cli.ok('kill', 'job')
  })
})
