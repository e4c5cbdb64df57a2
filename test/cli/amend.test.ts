import { expect, test } from 'bun:test'
import { CliHome } from '../support/cli-home.ts'
import { until } from '../support/until.ts'

test('amended limits are shown: in words, as JSON, and with no daemon', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--name', 'build', '--deadline', '10m', '--idle', '5m', '--', 'sleep', '1000')
  await cli.ok('amend', 'build', '--deadline', '2h', '--idle', 'none')
  await cli.ok('daemon', 'stop')
  const shown = await cli.ok('status', 'build')
  expect(shown).toContain('deadline 2h (amended, was 10m)')
  expect(shown).toContain('idle none (amended, was 5m)')
  expect(await cli.json('status', 'build')).toMatchObject({
    spec: { limits: { deadlineMs: 600_000, idleMs: 300_000 } },
    run: { amended: { deadlineMs: 7_200_000, idleMs: null } },
  })
})

test('a wall-clock deadline that was reached while no daemon ran is told with its figure', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--name', 'slow', '--deadline-wall', '1s', '--', 'sleep', '1000')
  expect(await cli.ok('status', 'slow')).toContain('wall deadline 1s')
  await cli.ok('daemon', 'stop')
  await until(async () => (await cli.ok('ps', 'slow')).includes('timed out'))
  await cli.ok('daemon', 'start')
  await until(async () =>
    (await cli.ok('why', 'slow')).includes('stopped at its deadline by the wall clock of 1s'),
  )
})
