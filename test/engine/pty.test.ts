// A run with a terminal of its own.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import { differenceAfterKills, differenceOf } from '../support/output-on-disk.ts'
import { expectOrphansEnd, PROVEN_EMPTY } from '../support/expected-end.ts'
import { Engine } from '../support/engine.ts'
import { isWithout } from '../support/features.ts'
import type { EngineRun } from '../support/engine-run.ts'
import { fixture } from '../support/fixture.ts'
import { numberedLines } from '../support/payload.ts'
import { until } from '../support/until.ts'

const pty = { rows: 30, cols: 120 }

test('it is a terminal, of the size that was asked for', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['sh', '-c', 'tty; stty size; tty <&1; tty <&2; exit 4'], pty })
  expect((await run.outcome()).code).toBe(4)
  const tty = run.readState()?.tty
  expect(tty).toMatch(/^\/dev\/pts\/\d+$/)
  expect(run.text()).toBe(`${tty}\r\n30 120\r\n${tty}\r\n${tty}\r\n`)
})

test('a new size is told by SIGWINCH', async () => {
  await using engine = await Engine.start()
  const log = join(engine.home.dir, 'log')
  const run = await engine.start({ argv: fixture('signals', log, 'it', 'end'), pty })
  await run.printed('it ready')
  expect(await run.ask({ op: 'resize', rows: 50, cols: 200 })).toEqual({ t: 'ok' })
  await until(() => readFileSync(log, 'utf8') === 'it SIGWINCH\n')
  expect(await run.ask({ op: 'resize', rows: 0, cols: 80 })).toMatchObject({ t: 'error', code: 'bad_value' })
  await run.stop()
  expect((await run.outcome()).code).toBe(0)
})

test('a run without a terminal cannot be resized', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['sleep', '1000'] })
  await run.leader()
  expect(await run.ask({ op: 'resize', rows: 50, cols: 200 })).toMatchObject({ code: 'not_a_terminal' })
})

/** An interactive shell with a prompt that can be waited for. */
async function startShell(engine: Engine): Promise<EngineRun> {
  const run = await engine.start(
    { argv: ['bash', '--norc', '--noprofile', '-i'], pty },
    { env: { PS1: 'ready> ', HISTFILE: '' } },
  )
  await run.printed('ready> ')
  return run
}

test('job control: Ctrl-Z, fg, Ctrl-C, and the end of input by Ctrl-D', async () => {
  await using engine = await Engine.start()
  const run = await startShell(engine)
  await run.write('sleep 1000\n')
  const shell = await run.leader()
  await until(() => run.memberPids(), { holds: (pids) => pids.length === 2, what: 'sleep to be running' })
  await until(() => foregroundGroup(shell.pid) !== shell.pid, { what: 'sleep in the foreground' })
  await run.write('\x1a')
  await run.printed('Stopped')
  await until(() => foregroundGroup(shell.pid) === shell.pid, { what: 'the shell in the foreground' })
  await run.write('fg\n')
  await until(() => foregroundGroup(shell.pid) !== shell.pid, { what: 'sleep in the foreground again' })
  await run.write('\x03')
  await until(() => foregroundGroup(shell.pid) === shell.pid, { what: 'the shell in the foreground again' })
  await run.write('echo "code <$?>"\n')
  await run.printed('code <130>')
  await run.write('(exit 5)\n\x04')
  expect(await run.outcome()).toMatchObject({ code: 5, source: 'waited' })
})

/** Field 8 of its stat: the group that has the terminal. */
function foregroundGroup(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[5])
}

test('Ctrl-C reaches who reads', async () => {
  await using engine = await Engine.start()
  const log = join(engine.home.dir, 'log')
  const run = await engine.start({ argv: fixture('signals', log, 'it', 'end'), pty })
  await run.printed('it ready')
  await run.write('\x03')
  expect((await run.outcome()).code).toBe(0)
  expect(readFileSync(log, 'utf8')).toBe('it SIGINT\n')
})

test('stopping it is like closing the terminal', async () => {
  await using engine = await Engine.start()
  const run = await startShell(engine)
  // An interactive bash ignores SIGTERM.
  await run.stop({ graceMs: 200_000 })
  expect(await run.outcome()).toMatchObject({ signal: 'SIGHUP', leftovers: { proof: PROVEN_EMPTY } })
})

test('several MB of output', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['seq', '1', '600000'], pty })
  expect((await run.outcome()).code).toBe(0)
  expect(differenceOf(run.output().bytes, numberedLines(600_000, '\r\n'))).toBeNull()
})

test('several MB of output while keepers are killed', async () => {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: ['sh', '-c', 'seq 1 800000; exit 6'], pty })
  let kills = 0
  while (run.readOutcome() === null && kills < 40) {
    if (await run.killKeeper()) kills++
    await Bun.sleep(Math.random() * 60)
  }
  expectOrphansEnd(await run.outcome(), { code: 6 })
  expect(kills).toBeGreaterThan(2)
  expect(differenceAfterKills(run.output().bytes, numberedLines(800_000, '\r\n'))).toBeNull()
})

test('a MB of input to a program in raw mode', async () => {
  await using engine = await Engine.start()
  const input = numberedLines(150_000)
  const script = `stty raw -echo; echo ready; head -c ${input.byteLength} > "$HOME/received"; exit 8`
  const run = await engine.start({ argv: ['sh', '-c', script], pty })
  await run.printed('ready')
  for (let from = 0; from < input.byteLength; from += 100_000) {
    await run.write(input.subarray(from, from + 100_000))
    // What one that copies had in its hands is lost with it, and the program would wait for it.
    if (from === 300_000 && !isWithout('splice')) await run.replaceKeeper()
  }
  expect((await run.outcome()).code).toBe(8)
  expect(differenceOf(readFileSync(join(engine.home.dir, 'received')), input)).toBeNull()
})

test('a terminal that nobody has open for a while is not the end of the run', async () => {
  await using engine = await Engine.start()
  const script = 't=$(tty); exec 0<&- 1>&- 2>&-; sleep 0.6; echo again > "$t"; exit 3'
  const run = await engine.start({ argv: ['sh', '-c', script], pty })
  expect((await run.outcome()).code).toBe(3)
  expect(run.text()).toBe('again\r\n')
})
