import { expect, test } from 'bun:test'
import { CliHome } from '../support/cli-home.ts'

async function start(cli: CliHome, ...args: readonly string[]): Promise<string> {
  return (await cli.ok('run', ...args)).trim()
}

test('of ended jobs of one name the newest is meant by all verbs, and the living one before them', async () => {
  await using cli = new CliHome()
  await start(cli, '--wait', '--name', 'same', '--', 'echo', 'first')
  const second = await start(cli, '--wait', '--name', 'same', '--', 'echo', 'second')
  expect(await cli.ok('logs', 'same')).toBe('second\n')
  expect(await cli.ok('status', 'same')).toContain(second)
  expect(await cli.ok('why', 'same')).toContain(second)
  expect((await cli.run(['wait', 'same'])).code).toBe(0)
  expect(await cli.ok('kill', 'same')).toContain('had ended before')
  const third = await start(cli, '--name', 'same', '--', 'sleep', '1000')
  expect(await cli.ok('status', 'same')).toContain(third)
  expect(await cli.ok('kill', 'same')).toContain('same: stopped')
})

test('a name that living jobs of several others have is refused, the own one is preferred', async () => {
  await using cli = new CliHome()
  const args = ['--name', 'api', '--', 'sleep', '1000'] as const
  await start(cli, '--owner', 'ann', ...args)
  await start(cli, '--owner', 'bob', ...args)
  for (const verb of ['status', 'kill', 'why', 'logs']) {
    const { code, out, err } = await cli.run([verb, 'api'])
    expect([verb, code]).toEqual([verb, 6])
    expect(out + err).toContain('means 2 jobs')
  }
  const own = await start(cli, ...args)
  expect(await cli.ok('status', 'api')).toContain(own)
})
