import { expect, test } from 'bun:test'
import { isRecord } from '../../src/core/errors.ts'
import { fettleBinary } from '../support/binary.ts'
import { CliHome } from '../support/cli-home.ts'
import { until } from '../support/until.ts'

test('a kill that is refused says so on stderr; what others came to stays on stdout', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--name', 'web', '--', 'sleep', '1000')
  const none = await cli.run(['kill', 'nobody', 'nothing'])
  expect(none).toMatchObject({ code: 4, out: '' })
  expect(none.err).toContain('fettle: No job is meant by "nobody"\n')
  expect(none.err).toContain('fettle: No job is meant by "nothing"\n')
  const asJson = await cli.run(['kill', 'nobody', '--json'])
  expect(asJson.code).toBe(4)
  expect(JSON.parse(asJson.out)).toMatchObject({ results: [{ selector: 'nobody', result: 'refused' }] })
  expect(JSON.parse(asJson.err)).toMatchObject({ error: { code: 'job_not_found' } })
  const some = await cli.run(['kill', 'web', 'nobody'])
  expect(some.code).toBe(8)
  expect(some.out).toStartWith('web: stopped: SIGTERM')
  expect(some.err).toContain('No job is meant by "nobody"')
})

test('a signal to several jobs reaches those that run, and says which do not', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--wait', '--name', 'over', '--', 'true')
  await cli.ok('run', '--name', 'live', '--', 'sleep', '1000')
  const { code, out, err } = await cli.run(['kill', 'over', 'live', '--signal', 'USR2'])
  expect(code).toBe(8)
  expect(out).toBe('live: SIGUSR2 sent\n')
  expect(err).toContain('has no run that lives')
  expect((await cli.run(['kill', 'over', '--signal', 'USR2'])).code).toBe(3)
})

test('a start that the anchor refuses names the job that records it', async () => {
  await using cli = new CliHome()
  // So few descriptors that after some runs no more are given out.
  const start = `ulimit -n 110; exec "${fettleBinary()}" run --json -- sleep 1000`
  for (;;) {
    const child = Bun.spawn(['sh', '-c', start], {
      cwd: cli.work,
      env: cli.env,
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const [code, err] = await Promise.all([child.exited, child.stderr.text()])
    if (code === 0) continue
    expect(code).toBe(7)
    const value: unknown = JSON.parse(err)
    const error = isRecord(value) ? value['error'] : null
    if (!isRecord(error) || !isRecord(error['data'])) throw new Error(`No error: ${err}`)
    expect(error['code']).toBe('descriptors_low')
    const id = String(error['data']['jobId'])
    expect(await cli.ok('why', id)).toContain('failed to start')
    break
  }
})

test('a job between two runs is not started again, and the record says who called it off', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--name', 'again', '--restart', 'always', '--restart-delay', '1h', '--', 'true')
  await until(async () => (await cli.ok('ps', 'again')).includes('again in'))
  expect(await cli.ok('kill', 'again')).toContain('; its next start is called off')
  expect(await cli.ok('ps', 'again')).not.toContain('again in')
  const why = await cli.ok('why', 'again')
  expect(why.split('\n')[0]).toContain('exited with code 0')
  expect(why).toContain('owner:tester: the start after run 1 was called off through cli')
  expect((await cli.run(['kill', ''])).err).toContain('A SELECTOR is empty')
})
