import { expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CliHome } from '../support/cli-home.ts'

function writeSettings(cli: CliHome, text: string): void {
  const dir = join(cli.home.dir, 'h', 'config')
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  writeFileSync(join(dir, 'config.toml'), text)
}

test('settings are what a run gets where its start says nothing; variables win over the file', async () => {
  await using cli = new CliHome()
  writeSettings(cli, '[run]\ndeadline = "1h"\nidle = "30m"\ngrace = "5s"\n\n[budgets]\njobs-per-owner = 1\n')
  await cli.ok('run', '--name', 'one', '--idle', '1m', '--', 'sleep', '1000')
  expect(await cli.json('status', 'one')).toMatchObject({
    spec: { limits: { deadlineMs: 3_600_000, idleMs: 60_000 }, stop: { graceMs: 5_000 } },
  })
  const second = await cli.run(['run', '--', 'true'])
  expect(second.code).toBe(7)
  expect(second.err).toContain('has 1 job that is not finished')
  expect(await cli.ok('doctor')).toContain('config.toml')
})

test('a variable of whoever starts fettle first wins over the file', async () => {
  await using cli = new CliHome()
  writeSettings(cli, '[budgets]\njobs-per-owner = 1\n')
  const env = { FETTLE_JOBS_PER_OWNER: '2' }
  expect((await cli.run(['run', '--', 'sleep', '1000'], { env })).code).toBe(0)
  expect((await cli.run(['run', '--wait', '--', 'true'], { env })).code).toBe(0)
  const bad = await cli.run(['doctor'], { env: { FETTLE_JOBS_PER_OWNER: 'two' } })
  expect(bad.out).toContain('FETTLE_JOBS_PER_OWNER: "two" is not a whole number')
})

test('a bad file is told with line and key, all faults at once, and nothing is started with it', async () => {
  await using cli = new CliHome()
  writeSettings(cli, '# mine\n[run]\ndeadline = 10\ncolour = "red"\n')
  const { code, err } = await cli.run(['run', '--', 'true'])
  expect(code).toBe(2)
  expect(err).toMatch(/config\.toml, line 3: run\.deadline: 10 is not a time such as "10m", in quotes\n/)
  expect(err).toMatch(
    /config\.toml, line 4: run\.colour: there is no such key in \[run\]; expected deadline, /,
  )
  const doctor = await cli.run(['doctor'])
  expect(doctor.code).toBe(3)
  expect(doctor.out).toContain('line 4: run.colour')
  writeSettings(cli, '[run]\nidle = "1m"\n[retention\nage = "1d"\n')
  expect((await cli.run(['daemon', 'start'])).err).toMatch(/config\.toml, line 3: /)
  const json = await cli.run(['daemon', 'start', '--json'])
  expect(json.err.split('\n').at(-2)).toContain('"code":"bad_config"')
})

test('a mistake made later: what runs is still stopped, the last good settings count, and restart refuses', async () => {
  await using cli = new CliHome()
  writeSettings(cli, '[run]\ndeadline = "1h"\n')
  await cli.ok('run', '--name', 'web', '--', 'sleep', '1000')
  writeSettings(cli, '[run]\ndeadline = "1 fortnight"\n')
  expect((await cli.run(['daemon', 'restart'])).code).toBe(2)
  await cli.ok('daemon', 'stop')
  await cli.ok('run', '--name', 'more', '--', 'sleep', '1000')
  expect(await cli.json('status', 'more')).toMatchObject({ spec: { limits: { deadlineMs: 3_600_000 } } })
  const { code, err } = await cli.run(['kill', 'web', 'more'])
  expect(code).toBe(0)
  expect(err).toContain('line 2: run.deadline: "1 fortnight" is not a time')
  expect(err).toContain('the last ones without a fault count')
})

test('names of secrets from the settings are masked on every surface', async () => {
  await using cli = new CliHome()
  writeSettings(cli, '[redaction]\nnames = ["CORP_LOGIN"]\n')
  const id = (
    await cli.ok(
      'run',
      '--name',
      'leak',
      '--',
      'sh',
      '-c',
      'echo CORP_LOGIN=hunter2hunter2; echo corpLogin: "hunter2hunter2"',
    )
  ).trim()
  await cli.ok('wait', id)
  for (const args of [
    ['logs', id],
    ['status', id],
    ['why', id],
    ['events', '--job', id],
    ['ps'],
    ['ps', '--json'],
  ]) {
    expect([args, (await cli.ok(...args)).includes('hunter2')]).toEqual([args, false])
  }
  await cli.ok('daemon', 'stop')
  expect(await cli.ok('logs', id)).not.toContain('hunter2')
})
