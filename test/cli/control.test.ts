import { expect, test } from 'bun:test'
import { fettleBinary } from '../support/binary.ts'
import { CliHome } from '../support/cli-home.ts'
import { until } from '../support/until.ts'

test('a watch pattern and the end of a job are told as events and as notifications', async () => {
  await using cli = new CliHome()
  await cli.ok(
    'run',
    '--name',
    'chatty',
    '--watch',
    'READY',
    '--notify',
    '--',
    'sh',
    '-c',
    'echo not yet; echo it is READY now; exit 2',
  )
  const kinds = await until(
    async () =>
      (await cli.ok('events', '--job', 'chatty', '--json'))
        .split('\n')
        .filter(Boolean)
        .map((line) => readKind(line)),
    { holds: (seen) => seen.includes('run_ended') && seen.includes('watch_matched') },
  )
  expect(kinds.indexOf('watch_matched')).toBeLessThan(kinds.indexOf('run_ended'))
  const told = await until(async () => {
    const text = await cli.ok('notifications', '--format', 'model')
    return text.includes('READY') ? text : null
  })
  expect(told).toContain('untrusted')
})

function readKind(line: string): string {
  const value: unknown = JSON.parse(line)
  return typeof value === 'object' && value !== null && 'kind' in value ? String(value.kind) : ''
}

test('stdin is fed and closed', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--name', 'cat', '--stdin', 'pipe', '--', 'cat')
  await cli.ok('send', 'cat', 'first line', '--enter')
  await cli.ok('send', 'cat', 'second', '--close')
  expect((await cli.run(['wait', 'cat', '--timeout', '20s'])).code).toBe(0)
  expect(await cli.ok('logs', 'cat')).toBe('first line\nsecond')
})

test('a terminal program has its size, gets keys, and its screen is shown', async () => {
  await using cli = new CliHome()
  await cli.ok(
    'run',
    '--name',
    'term',
    '--pty',
    '10x40',
    '--',
    'sh',
    '-c',
    'stty size; read x; echo "got $x"; exec cat',
  )
  await until(async () => (await cli.ok('screen', 'term')).includes('10 40'))
  await cli.ok('send', 'term', 'word', '--enter')
  await until(async () => (await cli.ok('screen', 'term')).includes('got word'))
  await cli.ok('kill', 'term')
})

test('a process that escaped its session is ended with its job', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--name', 'leaver', '--', 'sh', '-c', '(setsid sleep 1000 & echo $! > pid); sleep 1000')
  const pid = await until(() => {
    const text = cli.read('pid')
    return text === null || text.trim() === '' ? null : Number(text)
  })
  expect(await cli.ok('kill', 'leaver')).toContain('nothing of it is left')
  expect(() => process.kill(pid, 0)).toThrow()
})

test('a job that ignores SIGTERM is killed after its grace', async () => {
  await using cli = new CliHome()
  await cli.ok(
    'run',
    '--name',
    'stubborn',
    '--',
    'sh',
    '-c',
    'trap "" TERM; echo armed; while :; do sleep 1; done',
  )
  await until(async () => (await cli.ok('logs', 'stubborn')).includes('armed'))
  await cli.ok('kill', 'stubborn', '--grace', '300ms')
  const { jobs } = await cli.json('ps', '-a')
  expect(jobs).toMatchObject([{ outcome: { signal: 'SIGKILL', reason: 'killed' } }])
})

test('a deadline ends a job and says so', async () => {
  await using cli = new CliHome()
  const { code } = await cli.run([
    'run',
    '--wait',
    '--name',
    'slow',
    '--deadline',
    '300ms',
    '--',
    'sleep',
    '1000',
  ])
  expect(code).toBe(143)
  expect(await cli.ok('why', 'slow')).toContain('deadline')
})

test('a failing job is restarted by its policy until the budget is used up', async () => {
  await using cli = new CliHome()
  const policy = ['--restart', 'on-failure', '--restart-delay', '10ms', '--restart-budget', '3/1m']
  await cli.ok('run', '--name', 'flaky', ...policy, '--', 'sh', '-c', 'exit 1')
  const text = await until(async () => {
    const events = await cli.ok('events', '--job', 'flaky', '--json')
    return events.includes('"crash_loop"') ? events : null
  })
  expect(text.split('"run_started"').length - 1).toBeGreaterThanOrEqual(3)
})

test('a restart that somebody asks for is held as well, and leaves what runs alone', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--name', 'web', '--', 'sleep', '1000')
  await cli.ok('pause', '--why', 'night')
  const { code, err } = await cli.run(['restart', 'web'])
  expect(code).toBe(7)
  expect(err).toContain('Starts are held')
  expect(await cli.ok('ps')).toMatch(/web +running /)
  expect(await cli.ok('events', '--since', '10m', '--kind', 'paused')).toContain('night')
  expect(await cli.ok('events', '--since', '2099-01-01', '--kind', 'paused')).toBe('')
  await cli.ok('resume')
  await cli.ok('restart', 'web')
  await cli.ok('kill', 'web')
  expect(await cli.ok('status')).toContain('0 of them not well')
})

test('paused starts wait, and go on after resume', async () => {
  await using cli = new CliHome()
  await cli.ok('daemon', 'start')
  await cli.ok('pause')
  const { code, err } = await cli.run(['run', '--name', 'held', '--', 'echo', 'went'])
  expect(code === 7 || err.includes('pause')).toBe(true)
  await cli.ok('resume')
  expect((await cli.run(['run', '--wait', '--', 'true'])).code).toBe(0)
})

test('a fettle inside a run finds the same home, and its job outlives the run', async () => {
  await using cli = new CliHome()
  const script = `${fettleBinary()} run --name inner -- sleep 1000 > id; sleep 1000`
  await cli.ok('run', '--name', 'agent', '--', 'sh', '-c', script)
  await until(() => cli.read('id')?.startsWith('proc_'))
  await cli.ok('kill', 'agent')
  const { jobs } = await cli.json('ps', '--state', 'running')
  expect(jobs).toMatchObject([{ name: 'inner', state: 'running', owner: 'tester' }])
  await cli.ok('kill', 'inner')
})
