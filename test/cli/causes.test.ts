import { expect, test } from 'bun:test'
import { isRecord } from '../../src/core/errors.ts'
import { FettleClient } from '../../src/client/client.ts'
import { CliHome } from '../support/cli-home.ts'
import { until } from '../support/until.ts'

async function eventsOf(cli: CliHome, job: string): Promise<Record<string, unknown>[]> {
  const lines = (await cli.ok('events', '--job', job, '--json')).split('\n').filter(Boolean)
  return lines.map((line): unknown => JSON.parse(line)).filter(isRecord)
}

test('a restart by policy: each start has its plan as cause, each plan the end before it', async () => {
  await using cli = new CliHome()
  const policy = ['--restart', 'on-failure', '--restart-delay', '10ms', '--restart-budget', '2/1m']
  await cli.ok('run', '--name', 'flaky', ...policy, '--', 'sh', '-c', 'exit 1')
  const events = await until(async () => await eventsOf(cli, 'flaky'), {
    holds: (seen) => seen.some(({ kind }) => kind === 'crash_loop'),
  })
  const find = (kind: string, run: number) =>
    events.find((event) => event['kind'] === kind && event['run'] === run)
  for (const run of [1, 2]) {
    expect(find('restart_planned', run)?.['causeSeq']).toBe(find('run_ended', run)?.['seq'])
    expect(find('run_starting', run + 1)?.['causeSeq']).toBe(find('restart_planned', run)?.['seq'])
  }
})

test('what was asked for says by whom and through what', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--name', 'web', '--', 'sleep', '1000')
  expect(await cli.ok('why', 'web')).toContain('started by owner:tester through cli')
  await cli.ok('restart', 'web')
  expect(await cli.ok('why', 'web')).toContain('started by owner:tester through cli')
  const { daemonSocket } = await cli.json('paths')
  using client = new FettleClient({ socketPath: String(daemonSocket) })
  await client.call('stopJobs', { body: { selectors: ['web'], actor: 'owner:robot' } })
  expect(await cli.ok('why', 'web')).toContain('stopped by owner:robot through api')
  await cli.ok('restart', 'web')
  await cli.ok('kill', 'web')
  expect(await cli.ok('why', 'web')).toContain('stopped by owner:tester through cli')
})
