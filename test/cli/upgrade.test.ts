// Two versions of the binary meet in one home: by an upgrade, a downgrade, and a downgrade that cannot be.

import { Database } from 'bun:sqlite'
import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { fettleBinary } from '../support/binary.ts'
import { CliHome } from '../support/cli-home.ts'
import { isWithout } from '../support/features.ts'
import { findHomeProcesses, killProcess } from '../support/home-processes.ts'
import { numberedLines } from '../support/payload.ts'
import { until } from '../support/until.ts'

const NEWER = '9.9.9'
const BUILD_WITHIN_MS = 120_000
const folder = mkdtempSync(join(tmpdir(), 'v-'))
const newer = join(folder, 'fettle')

beforeAll(() => {
  const script = join(dirname(dirname(import.meta.dirname)), 'scripts', 'build.ts')
  const built = Bun.spawnSync([process.execPath, script, '--version', NEWER, '--out', newer])
  if (built.exitCode !== 0) throw new Error(built.stderr.toString())
}, BUILD_WITHIN_MS)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A home whose binary is a file that can be replaced. */
function makeHome(first: string): CliHome {
  const cli = new CliHome()
  cli.binary = join(cli.home.dir, 'fettle')
  copyFileSync(first, cli.binary)
  return cli
}

/** As an installer does it: the new file takes the name, and whoever runs keeps the old one. */
function install(cli: CliHome, from: string): void {
  const next = `${cli.binary}.next`
  copyFileSync(from, next)
  renameSync(next, cli.binary)
}

async function daemonVersion(cli: CliHome): Promise<unknown> {
  return (await cli.json('daemon', 'status'))['version']
}

async function startAll(cli: CliHome): Promise<void> {
  const flood = 'while [ ! -f go ]; do sleep 0.01; done; seq 1 300000; exit 7'
  await cli.ok('run', '--name', 'fifo', '--', 'sh', '-c', flood)
  await cli.ok('run', '--name', 'cat', '--stdin', 'pipe', '--', 'sh', '-c', 'cat; exit 8')
  await cli.ok('run', '--name', 'term', '--pty', '10x40', '--', 'sh', '-c', 'read x; stty size; exit 9')
  const watched = 'echo first; while [ ! -f hit ]; do sleep 0.01; done; echo HIT; exec sleep 1000'
  await cli.ok('run', '--name', 'watched', '--watch', 'HIT', '--', 'sh', '-c', watched)
  await cli.ok('send', 'cat', 'before', '--enter')
  await until(async () => (await cli.ok('logs', 'cat')) === 'before\n')
}

/** Every job of `startAll` obeys, and says all and how it ended. */
async function finishAll(cli: CliHome): Promise<void> {
  await cli.ok('send', 'cat', 'after', '--enter')
  await cli.ok('send', 'cat', '--close')
  await cli.ok('send', 'term', 'go', '--enter')
  writeFileSync(join(cli.work, 'go'), '')
  writeFileSync(join(cli.work, 'hit'), '')
  await until(async () => (await cli.ok('notifications')).includes('HIT'), { what: 'the match to be told' })
  const codes = await Promise.all(
    ['fifo', 'cat', 'term'].map(async (name) => (await cli.run(['wait', name, '--timeout', '30s'])).code),
  )
  expect(codes).toEqual([7, 8, 9])
  expect(await cli.ok('logs', 'fifo', '--all')).toBe(numberedLines(300_000).toString())
  expect(await cli.ok('logs', 'cat')).toBe('before\nafter\n')
  expect(await cli.ok('logs', 'term')).toContain('10 40')
  expect(await cli.ok('kill', 'watched')).toContain('nothing of it is left')
  const events = (await cli.ok('events', '--after', '0', '--json')).trim().split('\n')
  const ended = events.filter((line) => line.includes('"run_ended"'))
  expect(ended).toHaveLength(4)
}

test('an upgrade: verbs that act say what to do, and then all goes on under the new daemon', async () => {
  await using cli = makeHome(fettleBinary())
  await startAll(cli)
  install(cli, newer)
  const refused = await cli.run(['kill', 'fifo'])
  expect(refused.code).toBe(6)
  expect(refused.err).toContain(`this command of ${NEWER}`)
  expect(refused.err).toContain('fettle daemon restart')
  expect(await cli.ok('ps')).toContain('fifo')
  expect(await cli.ok('logs', 'cat')).toBe('before\n')
  expect((await cli.run(['wait', 'fifo', '--timeout', '100ms'])).code).toBe(124)
  expect((await cli.run(['doctor'])).out).toContain(`this command of ${NEWER}`)
  expect(await cli.ok('daemon', 'restart')).toContain(`version ${NEWER}`)
  expect(await daemonVersion(cli)).toBe(NEWER)
  await finishAll(cli)
}, 120_000)

test('an upgrade, and every process of the older version is killed: the newer one takes its place', async () => {
  await using cli = makeHome(fettleBinary())
  const script = 'echo ready; while [ ! -f go ]; do :; done; echo last; exit 5'
  await cli.ok('run', '--name', 'job', '--', 'sh', '-c', script)
  await until(async () => (await cli.ok('logs', 'job')) === 'ready\n')
  install(cli, newer)
  await cli.ok('daemon', 'restart')
  killAll(cli, '__daemon')
  await until(() => daemonVersion(cli), { holds: (version) => version === NEWER, what: 'the newer daemon' })
  killAll(cli, '__anchor')
  await until(() => anchorVersion(cli), { holds: (version) => version === NEWER, what: 'the newer anchor' })
  killAll(cli, '__keeper')
  await until(async () => (await cli.ok('doctor')).includes('1 live runs have their guard'))
  writeFileSync(join(cli.work, 'go'), '')
  const { code } = await cli.run(['wait', 'job', '--timeout', '30s'])
  // Where the kernel keeps no record of a stranger's exit nobody can know it.
  if (code === 125 && isWithout('pidfd_info')) expect(await cli.ok('why', 'job')).toContain('lost')
  else expect(code).toBe(5)
  expect(await cli.ok('logs', 'job')).toBe('ready\nlast\n')
}, 120_000)

/** SIGKILL to all of the home that were started so. */
function killAll(cli: CliHome, verb: string): void {
  const found = findHomeProcesses(cli.home.dir).filter(({ command }) => command.startsWith(`fettle ${verb}`))
  expect(found).not.toEqual([])
  for (const process of found) killProcess(process)
}

async function anchorVersion(cli: CliHome): Promise<string | undefined> {
  return /^ok +anchor .* version (\S+),/m.exec(await cli.ok('doctor'))?.[1]
}

test('a downgrade between versions of one format goes the same way', async () => {
  await using cli = makeHome(newer)
  await startAll(cli)
  install(cli, fettleBinary())
  const refused = await cli.run(['run', '--', 'true'])
  expect(refused.code).toBe(6)
  expect(refused.err).toContain(`The daemon is of version ${NEWER}`)
  const pid = await cli.daemonPid()
  await cli.ok('daemon', 'restart')
  expect(await daemonVersion(cli)).not.toBe(NEWER)
  expect(await cli.daemonPid()).not.toBe(pid)
  await finishAll(cli)
}, 120_000)

test('a log of events of a later format: nothing is stopped for a daemon that could not go on', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--name', 'job', '--', 'sh', '-c', 'echo text; exec sleep 1000')
  const pid = await cli.daemonPid()
  const { state } = await cli.json('paths')
  const setVersion = (version: number): void => {
    using db = new Database(join(String(state), 'fettle.db'))
    db.run(`PRAGMA user_version = ${version}`)
  }
  setVersion(2)
  const refused = await cli.run(['daemon', 'restart'])
  expect(refused.err).toContain('fettle.db has version 2, this one writes up to 1')
  expect(refused.code).toBe(7)
  expect(await cli.daemonPid()).toBe(pid)
  expect(await cli.ok('logs', 'job')).toBe('text\n')
  await cli.ok('daemon', 'stop')
  for (const verb of [
    ['daemon', 'start'],
    ['kill', 'job'],
    ['run', '--', 'true'],
  ]) {
    const { code, err } = await cli.run(verb)
    expect(err).toContain('use that version')
    expect(code).toBe(7)
  }
  expect(await cli.ok('ps', '--live')).toContain('running')
  expect(await cli.ok('events')).toContain('run_started')
  expect(await cli.ok('why', 'job')).toContain('is running')
  setVersion(1)
  expect(await cli.ok('kill', 'job')).toContain('stopped')
})
