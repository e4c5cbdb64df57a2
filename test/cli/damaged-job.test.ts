import { expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CliHome } from '../support/cli-home.ts'

test('a job whose record was damaged while it runs is told, made again, and can be stopped', async () => {
  await using cli = new CliHome()
  const id = (await cli.ok('run', '--name', 'vic', '--task', 'night', '--', 'sleep', '1000')).trim()
  await cli.ok('daemon', 'stop')
  const { state } = await cli.json('paths')
  writeFileSync(join(String(state), 'jobs', id, 'job.json'), '{broken')
  const refused = await cli.run(['kill', id])
  expect(refused.code).toBe(1)
  expect(refused.err).toContain('its records could not be read')
  const doctor = await cli.run(['doctor'])
  expect(doctor.code).toBe(3)
  expect(doctor.out).toContain(`${id}/job.json: Damaged record: job.json is not JSON`)
  expect(await cli.ok('doctor', '--fix', '--yes')).toContain('is made again')
  expect(await cli.json('status', 'vic')).toMatchObject({
    id,
    name: 'vic',
    owner: 'tester',
    task: 'night',
    state: 'running',
  })
  expect(await cli.ok('kill', 'vic')).toContain('nothing of it is left')
})

test('a folder that nothing can be made of is set aside, but not while its run lives', async () => {
  await using cli = new CliHome()
  const id = (await cli.ok('run', '--', 'sleep', '1000')).trim()
  await cli.ok('daemon', 'stop')
  const { state } = await cli.json('paths')
  const folder = join(String(state), 'jobs', id)
  writeFileSync(join(folder, 'job.json'), '{broken')
  writeFileSync(join(folder, 'runs', '1', 'spec.json'), '{broken')
  expect((await cli.run(['doctor', '--fix', '--yes'])).out).toContain(
    'a run of it lives, so it is left alone',
  )
})
