import { expect, test } from 'bun:test'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRecord } from '../../src/core/errors.ts'
import { fettleBinary } from '../support/binary.ts'
import { CliHome } from '../support/cli-home.ts'
import { until } from '../support/until.ts'

test('a damaged log of events keeps nobody from starting a job', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--wait', '--', 'true')
  await cli.ok('daemon', 'stop')
  const { state } = await cli.json('paths')
  writeFileSync(
    join(String(state), 'fettle.db'),
    'this is no database, and long enough to be read as one '.repeat(200),
  )
  await cli.ok('run', '--wait', '--', 'true')
  expect(await cli.ok('events', '--kind', 'corrupt_record')).toContain('fettle.db')
})

test.each([
  { args: ['run', '--deadline', '0s', '--', 'true'], says: '--deadline: "0s" is nothing' },
  { args: ['run', '--max-output', '0', '--', 'true'], says: '--max-output: "0" is nothing' },
  { args: ['run', '--owner', '', '--', 'true'], says: '--owner is empty' },
  { args: ['run', '--owner', 'a\nb', '--', 'true'], says: '--owner holds a control character' },
  { args: ['run', '--task', 'x'.repeat(300), '--', 'true'], says: '--task has 300 characters' },
  { args: ['run', '--ready', 'http:foo', '--', 'true'], says: '--ready: "foo" is not the address' },
  { args: ['run', '--name', 'a\nb\u001b[2J', '--', 'true'], says: String.raw`"a\nb\u001b[2J"` },
  { args: ['consumer'], says: 'create NAME | read NAME | ack NAME SEQ' },
])('a bad value is told by its flag: $says', async ({ args, says }) => {
  await using cli = new CliHome()
  const { code, out, err } = await cli.run(args)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toContain(says)
})

test('an error that quotes 10 kB stays short', async () => {
  await using cli = new CliHome()
  const { err } = await cli.run(['run', '--name', 'n'.repeat(10_000), '--', 'true'])
  expect(err.length).toBeLessThan(2_500)
  expect(err).toContain('characters more')
})

test('a stdout that takes nothing is an error with words', async () => {
  await using cli = new CliHome()
  const child = Bun.spawn([fettleBinary(), 'ps'], {
    cwd: cli.work,
    env: cli.env,
    stdout: Bun.file('/dev/full'),
    stderr: 'pipe',
  })
  const [code, err] = await Promise.all([child.exited, child.stderr.text()])
  expect(code).toBe(1)
  expect(err).toStartWith('fettle: Cannot write to stdout: ENOSPC')
})

test('everything that --json prints says which format it has', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--name', 'web', '--', 'sleep', '1000')
  const calls = [
    ['ps'],
    ['status'],
    ['status', 'web'],
    ['logs', 'web'],
    ['why', 'web'],
    ['events'],
    ['paths'],
  ]
  for (const args of [
    ...calls,
    ['doctor'],
    ['version'],
    ['notifications'],
    ['amend', 'web', '--idle', '1h'],
    ['kill', 'web'],
  ]) {
    const lines = (await cli.ok(...args, '--json')).split('\n').filter(Boolean)
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) {
      const value: unknown = JSON.parse(line)
      expect([args, isRecord(value) ? value['format'] : null]).toEqual([args, 1])
    }
  }
  const { err } = await cli.run(['status', 'nobody', '--json'])
  expect(JSON.parse(err)).toMatchObject({ format: 1, error: { code: 'job_not_found' } })
})

test('Ctrl-C ends a wait with 130 and says that nothing was stopped', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--name', 'web', '--', 'sleep', '1000')
  const child = Bun.spawn([fettleBinary(), 'wait', 'web'], {
    cwd: cli.work,
    env: cli.env,
    stdout: 'pipe',
    stderr: 'pipe',
  })
  // Asked again and again: until the wait has begun, the signal would end the program as any other.
  await until(() => catches(child.pid, 2))
  child.kill('SIGINT')
  const [code, err] = await Promise.all([child.exited, child.stderr.text()])
  expect({ code, err }).toEqual({
    code: 130,
    err: 'fettle: web: not waited for any longer; nothing was stopped\n',
  })
  await cli.ok('kill', 'web')
})

/** Whether the process has a handler for the signal. */
async function catches(pid: number, signal: number): Promise<boolean> {
  const status = await Bun.file(`/proc/${pid}/status`).text()
  const mask = BigInt(`0x${/SigCgt:\s+([0-9a-f]+)/.exec(status)?.[1] ?? '0'}`)
  return (mask & (1n << BigInt(signal - 1))) !== 0n
}

test.skipIf(process.getuid?.() === 0)(
  'a home that cannot be written is said to be, and is read all the same',
  async () => {
    await using cli = new CliHome()
    await cli.ok('run', '--wait', '--name', 'one', '--', 'echo', 'hi')
    await cli.ok('daemon', 'stop')
    const { state } = await cli.json('paths')
    const folders = ['log', 'log/anchor.log', 'lock', 'jobs', '.'].map((name) => join(String(state), name))
    for (const folder of folders) chmodSync(folder, 0o500)
    try {
      const { code, err } = await cli.run(['run', '--', 'true'])
      expect(code).toBe(1)
      expect(err).toContain('no permission (EACCES)')
      expect(await cli.ok('logs', 'one')).toBe('hi\n')
      expect(await cli.ok('why', 'one')).toContain('exited with code 0')
    } finally {
      for (const folder of folders.toReversed()) chmodSync(folder, 0o700)
    }
  },
)
