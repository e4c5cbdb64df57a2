import { expect, test } from 'bun:test'
import { CliHome } from '../support/cli-home.ts'

test('a command is run, waited for, read and explained', async () => {
  await using cli = new CliHome()
  const id = (
    await cli.ok('run', '--name', 'greeter', '--', 'sh', '-c', 'echo hello; echo oops >&2; exit 3')
  ).trim()
  expect(id).toMatch(/^proc_[0-9a-f]{12}$/)
  expect((await cli.run(['wait', id, '--timeout', '20s'])).code).toBe(3)
  expect(await cli.ok('logs', 'greeter')).toBe('hello\noops\n')
  expect(await cli.ok('why', 'greeter')).toContain('exited with code 3')
  const { jobs } = await cli.json('ps', '-a')
  expect(jobs).toMatchObject([
    { id, name: 'greeter', owner: 'tester', state: 'exited', outcome: { code: 3 } },
  ])
})

test('run --wait passes the code of the command, and 128 + signal', async () => {
  await using cli = new CliHome()
  expect((await cli.run(['run', '--wait', '--', 'sh', '-c', 'exit 7'])).code).toBe(7)
  expect((await cli.run(['run', '--wait', '--', 'sh', '-c', 'kill -9 $$'])).code).toBe(137)
})

test('a failure of fettle itself is 125 with wait and never a code of the job', async () => {
  await using cli = new CliHome()
  expect((await cli.run(['wait', 'nobody', '--timeout', '5s'])).code).toBe(125)
  expect((await cli.run(['logs', 'nobody'])).code).toBe(4)
})

test('reading verbs work with no daemon and start none', async () => {
  await using cli = new CliHome()
  expect((await cli.run(['ps'])).code).toBe(0)
  expect((await cli.run(['events'])).code).toBe(0)
  expect((await cli.run(['daemon', 'status'])).code).toBe(3)
  await cli.ok('run', '--wait', '--name', 'one', '--', 'echo', 'kept')
  await cli.ok('daemon', 'stop')
  expect(await cli.ok('logs', 'one')).toBe('kept\n')
  expect(await cli.ok('why', 'one')).toContain('exited with code 0')
  expect((await cli.run(['daemon', 'status'])).code).toBe(3)
})

test('a name that runs answers with the running job, and --replace takes its place', async () => {
  await using cli = new CliHome()
  const first = (await cli.ok('run', '--name', 'web', '--', 'sleep', '1000')).trim()
  expect((await cli.ok('run', '--name', 'web', '--', 'sleep', '1000')).trim()).toBe(first)
  const second = (await cli.ok('run', '--name', 'web', '--replace', '--', 'sleep', '1000')).trim()
  expect(second).not.toBe(first)
  const { jobs } = await cli.json('ps', '--state', 'running')
  expect(jobs).toMatchObject([{ id: second, state: 'running' }])
  await cli.ok('kill', 'web')
})

test('two at once that start one name start one job', async () => {
  await using cli = new CliHome()
  await cli.ok('daemon', 'start')
  const starts = await Promise.all(
    [1, 2, 3, 4].map(async () => (await cli.ok('run', '--name', 'only', '--', 'sleep', '1000')).trim()),
  )
  expect(new Set(starts).size).toBe(1)
  await cli.ok('kill', 'only')
})

test('secrets in a command line are masked wherever it is shown', async () => {
  await using cli = new CliHome()
  const secret = 'ghp_abcdefghijklmnopqrstuvwxyz0123456789'
  await cli.ok('run', '--wait', '--name', 'login', '--', 'echo', '--token', secret)
  for (const verb of [
    ['ps', '-a'],
    ['ps', '-a', '--json'],
    ['logs', 'login'],
    ['why', 'login'],
    ['events', '--json'],
  ]) {
    expect(await cli.ok(...verb)).not.toContain(secret)
  }
})
