// Starting under unkind conditions: few descriptors, no more processes, a long path, a keeper in reserve that dies.

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import { isRecord } from '../../src/core/errors.ts'
import { readIdentity, readProcStat } from '../../src/platform/linux/processes.ts'
import { runDir, runPaths } from '../../src/store/layout.ts'
import { writeOutcome } from '../../src/store/run-files/outcome.ts'
import { expectOrphansEnd } from '../support/expected-end.ts'
import { Engine } from '../support/engine.ts'
import type { EngineRun } from '../support/engine-run.ts'
import { findHomeProcesses, killProcess, type HomeProcess } from '../support/home-processes.ts'
import { LineClient } from '../support/line-client.ts'
import { numberedLines } from '../support/payload.ts'
import { differenceOf } from '../support/output-on-disk.ts'
import { until } from '../support/until.ts'

const isRoot = process.getuid?.() === 0
/** Python, since a shell would let through the signals that an anchor is started with blocked. */
const withOpenFiles = (limit: number): string[] => [
  'python3',
  '-c',
  `import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (${limit}, ${limit}))
os.execv(sys.argv[1], sys.argv[2:])`,
]

test('a state folder 150 characters deep', async () => {
  await using engine = await Engine.start({ deeper: `${'deep/'.repeat(5)}${'x'.repeat(120)}` })
  const run = await engine.start({ argv: ['sh', '-c', 'cat; exit 3'], stdin: 'pipe', split: true })
  await run.write('text\n')
  await run.printed('text')
  await run.replaceKeeper()
  await run.closeInput()
  expect((await run.outcome()).code).toBe(3)
})

test('a run that was given up before its keeper came is not born any more', async () => {
  await using engine = await Engine.start()
  const other = await engine.start({ argv: ['false'] })
  const given = await other.outcome()
  const log = join(engine.home.dir, 'log')
  const paths = runPaths(runDir(engine.home, 'proc_000000000002', 1))
  const beforeStart = (): void => void writeOutcome(paths.outcome, given)
  await engine.start({ argv: ['touch', log] }, { beforeStart })
  await until(async () => (await engine.heldRuns()).length === 0, { what: 'the run to be let go' })
  expect(existsSync(log)).toBe(false)
})

test('a keeper that has no descriptor left for callers waits for one, and goes on', async () => {
  await using engine = await Engine.start({ wrapper: withOpenFiles(128) })
  const script = 'echo ready; while [ ! -e "$HOME/go" ]; do sleep 0.01; done; seq 1 1000000; exit 3'
  const run = await engine.start({ argv: ['sh', '-c', script] })
  await run.printed('ready')
  const keeper = run.readState()?.keeper
  if (keeper === undefined || keeper === null) throw new Error('There is no keeper')
  const callers: LineClient[] = []
  try {
    // The kernel takes some more into its queue: the last ones are not answered any more.
    for (let i = 0; i < 160; i++) callers.push(await LineClient.connect(run.socket))
    await until(() => readdirSync(`/proc/${keeper.pid}/fd`).length > 64, { what: 'callers to be served' })
    const ticks = (): number => readProcStat(keeper.pid)?.cpuTicks ?? 0
    const before = ticks()
    await Bun.sleep(1_000)
    expect(ticks() - before).toBeLessThan(10)
    await Bun.write(join(engine.home.dir, 'go'), '')
    expect(await run.outcome()).toMatchObject({ code: 3, source: 'waited' })
  } finally {
    for (const caller of callers) caller[Symbol.dispose]()
  }
  expect(differenceOf(run.output().bytes.subarray(6), numberedLines(1_000_000))).toBeNull()
})

test('with 256 descriptors the last ones are kept back, and what runs goes on', async () => {
  await using engine = await Engine.start({ wrapper: withOpenFiles(256) })
  const runs: EngineRun[] = []
  let refusal: unknown
  for (let i = 0; i < 40 && refusal === undefined; i++) {
    await engine
      .start({ argv: ['cat'], stdin: 'pipe', split: true })
      .then((run) => runs.push(run))
      .catch((error: unknown) => (refusal = error))
  }
  expect(String(refusal)).toContain('descriptors_low')
  expect(String(refusal)).toContain('runs are held')
  expect(runs.length).toBeGreaterThanOrEqual(10)
  for (const run of runs.slice(0, 4)) await run.replaceKeeper()
  for (const run of runs) {
    await run.write('text\n')
    await run.closeInput()
  }
  for (const run of runs) {
    expect((await run.outcome()).code).toBe(0)
    expect(run.text()).toBe('text\n')
  }
  await until(async () => (await engine.heldRuns()).length === 0, { what: 'all runs to be let go' })
  const again = await engine.start({ argv: ['true'] })
  expect((await again.outcome()).code).toBe(0)
})

test('a run’s own limit of open files is not the anchor’s', async () => {
  await using engine = await Engine.start({ wrapper: withOpenFiles(240) })
  const run = await engine.start({
    // The hard limit is set right after the birth, and the score after that.
    argv: [
      'sh',
      '-c',
      'while read x < /proc/$$/oom_score_adj; [ $x = 0 ]; do :; done; ulimit -Sn; ulimit -Hn',
    ],
    caller: { umask: 0o022, nice: 0, openFiles: [100, 200] },
  })
  await run.outcome()
  expect(run.text()).toBe('100\n200\n')
})

test.skipIf(isRoot)('no process can be made for a successor: it comes when one can', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({
    argv: ['sh', '-c', 'echo ready; read x; seq 1 100000; exit 4'],
    stdin: 'pipe',
  })
  await run.printed('ready')
  const limitProcesses = (limit: string): void => {
    const done = Bun.spawnSync(['prlimit', '--pid', String(engine.anchorPid), `--nproc=${limit}:`])
    if (done.exitCode !== 0) throw new Error(done.stderr.toString())
  }
  const limits = readFileSync(`/proc/${engine.anchorPid}/limits`, 'utf8')
  const usual = /^Max processes\s+(\S+)/m.exec(limits)?.[1] ?? 'unlimited'
  limitProcesses('1')
  // The reserve may serve once more; the next one would have to be made.
  await until(
    async () => {
      if ((await engine.heldRuns())[0]?.keeperPid === null) return true
      await run.killKeeper()
      return false
    },
    { what: 'a run without a keeper' },
  )
  limitProcesses(usual)
  await run.write('go\n')
  expectOrphansEnd(await run.outcome(), { code: 4 })
  expect(
    differenceOf(run.output().bytes, Buffer.concat([Buffer.from('ready\n'), numberedLines(100_000)])),
  ).toBeNull()
})

/** Keepers that have no run yet. */
function reserve(engine: Engine): HomeProcess[] {
  return findHomeProcesses(engine.home.dir).filter(({ command }) => command.includes('__keeper wait'))
}

test('the keeper in reserve may die at any moment', async () => {
  await using engine = await Engine.start()
  for (let i = 0; i < 10; i++) {
    const run = await engine.start({ argv: ['sh', '-c', `exit ${i}`] })
    expect((await run.outcome()).code).toBe(i)
    // Before it is ready, when it is, and while it is given a run.
    if (i < 5) await until(() => reserve(engine).length > 0, { what: 'a keeper in reserve' })
    if (i % 2 === 0) for (const keeper of reserve(engine)) killProcess(keeper)
  }
})

test('runs that come and go leave no descriptor, no process and no zombie', async () => {
  await using engine = await Engine.start()
  const count = async (rounds: number): Promise<void> => {
    for (let i = 0; i < rounds; i++) {
      const runs = await Promise.all([
        engine.start({ argv: ['true'], split: true, stdin: 'pipe' }),
        engine.start({ argv: ['true'], pty: { rows: 24, cols: 80 } }),
        engine.start({ argv: ['no-such-command-anywhere'] }),
      ])
      if (i % 2 === 0) await runs[0].killKeeper()
      for (const run of runs) await run.outcome()
    }
    await until(async () => (await engine.heldRuns()).length === 0, { what: 'all runs to be let go' })
    await until(() => reserve(engine).length === 1, { what: 'the reserve to be filled' })
  }
  const figures = (): object => ({
    descriptors: readdirSync(`/proc/${engine.anchorPid}/fd`).length,
    children: readFileSync(`/proc/${engine.anchorPid}/task/${engine.anchorPid}/children`, 'utf8')
      .trim()
      .split(' ').length,
    sockets: readdirSync(`${engine.home.runtime}/k`),
  })
  await count(2)
  const before = figures()
  await count(8)
  // A child that has just ended is there until it is reaped.
  await until(figures, { holds: (seen) => Bun.deepEquals(seen, before), what: JSON.stringify(before) })
})

test('lines that make no sense are answered, and the next ones served', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['sleep', '1000'] })
  await run.leader()
  for (const request of [
    {},
    { op: 'no-such' },
    { op: 7 },
    { op: 'start' },
    { op: 'start', run: 'x', dir: '/', socket: '/', env: '', stdin: 'what' },
    { op: 'adopt', run: 'none.1', dir: '/nowhere', socket: '/nowhere' },
  ]) {
    await engine.ask(request).then(
      () => expect(request.op).toBe('adopt'),
      (error: unknown) => expect(String(error)).toMatch(/bad_value|start_failed|run_not_found/),
    )
  }
  for (const request of [
    {},
    { op: 'no-such' },
    { op: 'signal', signal: 1 },
    { op: 'resize', rows: 'x', cols: null },
  ]) {
    expect((await run.ask(request))['t']).toBe('error')
  }
  using client = await run.subscribe()
  client.write('no json\n[1,2]\n"text"\n\n')
  expect(await client.ask({ op: 'members' })).toMatchObject({ t: 'error', code: 'bad_value' })
  const { status } = await run.ask({ op: 'status' })
  expect(isRecord(status) ? status['state'] : null).toBe('running')
  expect(readIdentity(engine.anchorPid)).not.toBeNull()
})
