import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { CliHome } from '../support/cli-home.ts'
import { until } from '../support/until.ts'

test('daemon stop ends the process, also while a keeper guards what an ended job has left', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--name', 'left', '--leftovers', 'keep', '--', 'sh', '-c', 'sleep 1000 & exit 0')
  await until(async () => (await cli.ok('ps', 'left')).includes('exit 0'))
  const pid = await cli.daemonPid()
  expect(await cli.ok('daemon', 'stop')).toContain(`pid ${pid} has ended`)
  // Its anchor reaps it a moment after.
  await until(() => !existsSync(`/proc/${pid}`))
  // Verbs that act find their way again.
  expect((await cli.run(['run', '--wait', '--', 'true'])).code).toBe(0)
  expect(await cli.daemonPid()).not.toBe(pid)
})
