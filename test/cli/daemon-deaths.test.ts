import { expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CliHome } from '../support/cli-home.ts'
import { until } from '../support/until.ts'

test('a daemon that is killed is there again, and nothing of its jobs is lost', async () => {
  await using cli = new CliHome()
  await cli.ok(
    'run',
    '--name',
    'counter',
    '--',
    'sh',
    '-c',
    'for i in 1 2 3 4 5 6; do echo $i; sleep 0.2; done; exit 5',
  )
  const first = await cli.daemonPid()
  process.kill(first, 'SIGKILL')
  const second = await until(async () => {
    const { code } = await cli.run(['daemon', 'status'])
    return code === 0 ? await cli.daemonPid() : null
  })
  expect(second).not.toBe(first)
  expect((await cli.run(['wait', 'counter', '--timeout', '20s'])).code).toBe(5)
  expect(await cli.ok('logs', 'counter')).toBe('1\n2\n3\n4\n5\n6\n')
})

test('a job that ends while the daemon is stopped is told of afterwards, once', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--name', 'short', '--notify', '--', 'sh', '-c', 'sleep 0.5; exit 4')
  await cli.ok('daemon', 'stop')
  expect((await cli.run(['wait', 'short', '--timeout', '20s'])).code).toBe(4)
  await cli.ok('daemon', 'start')
  const events = await until(async () => {
    const text = await cli.ok('events', '--job', 'short', '--kind', 'run_ended', '--json')
    return text.trim() === '' ? null : text.trim().split('\n')
  })
  expect(events.length).toBe(1)
})

test('many who start the daemon at once get one', async () => {
  await using cli = new CliHome()
  const results = await Promise.all([1, 2, 3, 4, 5].map(async () => await cli.run(['daemon', 'start'])))
  expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0])
  const pids = await Promise.all([1, 2].map(async () => await cli.daemonPid()))
  expect(new Set(pids).size).toBe(1)
})

test('a run, its keeper and its anchor are killed one after the other, and the code is known', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--name', 'job', '--', 'sh', '-c', 'sleep 1; echo out; exit 9')
  const daemon = await cli.daemonPid()
  process.kill(daemon, 'SIGKILL')
  expect((await cli.run(['wait', 'job', '--timeout', '30s'])).code).toBe(9)
  expect(await cli.ok('logs', 'job')).toBe('out\n')
})

test('what a keeper had to tell while no daemon listened is told afterwards, once', async () => {
  await using cli = new CliHome()
  const script = 'while [ ! -f go ]; do sleep 0.05; done; head -c 4000000 /dev/zero'
  await cli.ok('run', '--name', 'big', '--max-output', '1MB', '--', 'sh', '-c', script)
  await cli.ok('daemon', 'stop')
  writeFileSync(join(cli.work, 'go'), '')
  expect((await cli.run(['wait', 'big', '--timeout', '20s'])).code).toBe(0)
  await cli.ok('daemon', 'start')
  const dropped = await until(async () => {
    const ended = await cli.ok('events', '--job', 'big', '--kind', 'run_ended', '--json')
    const text = await cli.ok('events', '--job', 'big', '--kind', 'output_dropped', '--json')
    return ended === '' ? null : text.trim()
  })
  const bytes = dropped.split('\n').map((line) => Number(/"bytes":(\d+)/.exec(line)?.[1]))
  const { jobs } = await cli.json('ps', '-a')
  expect(jobs).toMatchObject([{ output: { droppedBytes: bytes.reduce((sum, n) => sum + n, 0) } }])
  expect(bytes.length).toBeGreaterThan(0)
})

test('a restart that is planned while the daemon is stopped has its environment still', async () => {
  await using cli = new CliHome()
  const policy = ['--restart', 'on-failure', '--restart-delay', '2s']
  const script = 'echo "$MARK"; [ -f again ] && exit 0; touch again; exit 1'
  const started = await cli.run(['run', '--name', 'twice', ...policy, '--', 'sh', '-c', script], {
    env: { MARK: 'from-the-caller' },
  })
  expect(started.code).toBe(0)
  await until(async () => (await cli.ok('events', '--job', 'twice', '--json')).includes('restart_planned'))
  await cli.ok('daemon', 'stop')
  await cli.ok('daemon', 'start')
  await until(async () => {
    const ended = await cli.ok('events', '--job', 'twice', '--kind', 'run_ended', '--json')
    return ended.trim().split('\n').length === 2
  })
  expect(await cli.ok('logs', 'twice')).toContain('from-the-caller')
})
