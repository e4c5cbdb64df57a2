import { expect, test } from 'bun:test'
import { fettleBinary } from '../support/binary.ts'
import { CliHome } from '../support/cli-home.ts'
import { until } from '../support/until.ts'

const SLEEP = ['--', 'sleep', '1000'] as const

async function start(cli: CliHome, ...args: readonly string[]): Promise<string> {
  return (await cli.ok('run', ...args)).trim()
}

test("kill finds a job of somebody else by id, prefix, name and owner, by a pattern only one's own", async () => {
  await using cli = new CliHome()
  const id = await start(cli, '--owner', 'ann', ...SLEEP)
  expect(await cli.ok('kill', id)).toContain('stopped')
  const other = await start(cli, '--owner', 'ann', ...SLEEP)
  expect(await cli.ok('kill', other.slice('proc_'.length, -2))).toContain('stopped')
  await start(cli, '--owner', 'ann', '--name', 'web-1', ...SLEEP)
  const byPattern = await cli.run(['kill', 'web-*'])
  expect(byPattern.code).toBe(4)
  expect(byPattern.out + byPattern.err).toContain('No job of "tester"')
  expect(await cli.ok('kill', 'web-1')).toContain('web-1: stopped')
  await start(cli, '--owner', 'ann', '--name', 'web-2', ...SLEEP)
  const own = await start(cli, '--name', 'web-3', ...SLEEP)
  expect(await cli.ok('kill', 'owner:ann')).toContain('web-2: stopped')
  expect(await cli.ok('kill', 'web-*')).toContain('web-3: stopped')
  expect(await cli.ok('status', own).catch(String)).toContain(own)
})

test('inside of a run a job of another owner is refused by name, not called unknown', async () => {
  await using cli = new CliHome()
  const id = await start(cli, '--owner', 'ann', '--name', 'theirs', ...SLEEP)
  const script = `"${fettleBinary()}" kill theirs; echo code $?; "${fettleBinary()}" kill ${id}; echo code $?`
  await start(cli, '--wait', '--owner', 'bob', '--name', 'asks', '--', 'sh', '-c', script)
  const said = await until(async () => {
    const text = await cli.ok('logs', 'asks')
    return text.match(/code \d/g)?.length === 2 ? text : null
  })
  expect(said.match(/code \d/g)).toEqual(['code 7', 'code 7'])
  expect(said).toContain('belongs to "ann"')
  expect(said).toContain('process of "bob"')
  expect(await cli.ok('kill', id)).toContain('stopped')
})
