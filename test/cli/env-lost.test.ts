import { expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRecord } from '../../src/core/errors.ts'
import { CliHome } from '../support/cli-home.ts'
import { findHomeProcesses, killProcess } from '../support/home-processes.ts'
import { gone } from '../support/processes.ts'
import { bootId } from '../../src/platform/clock.ts'

/** Whoever held the environment ends: anchor, daemon and keepers, and the runs with them. */
async function killEveryone(cli: CliHome): Promise<void> {
  // The anchor first: it would start others.
  const all = findHomeProcesses(cli.home.dir).sort((a, b) => rank(b.command) - rank(a.command))
  expect(all.length).toBeGreaterThan(3)
  for (const one of all) killProcess(one)
  for (const { pid, startTicks } of all) await gone({ bootId: bootId(), pid, startTicks })
}

function rank(command: string): number {
  return command.includes('__anchor') ? 1 : 0
}

test('an environment that was lost is made again from the files the job named', async () => {
  await using cli = new CliHome()
  const file = join(cli.work, 'vars')
  writeFileSync(file, 'FROM_FILE=old\n')
  const script = 'echo "[$FROM_FILE][$FROM_SHELL]"; exec sleep 1000'
  const started = await cli.run(
    ['run', '--name', 'web', '--env-file', 'vars', '--env', 'FROM_SHELL', '--', 'sh', '-c', script],
    { env: { FROM_SHELL: 'x' } },
  )
  expect(started.code).toBe(0)
  await killEveryone(cli)
  writeFileSync(file, '# read again\nFROM_FILE=new\n')
  await cli.ok('restart', 'web')
  await cli.ok('wait', 'web', '--for', 'match', '--match', 'new', '--timeout', '20s')
  expect(await cli.ok('logs', 'web')).toBe('[new][]\n')
  const why = await cli.ok('why', 'web')
  expect(why).toContain(`its environment was lost and is made again from ${file}, without `)
  expect(why).toContain('FROM_SHELL')
})

test('where there is no such file the job is not started with another environment', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--name', 'bare', '--', 'sleep', '1000')
  writeFileSync(join(cli.work, 'vars'), 'A=1\n')
  await cli.ok('run', '--name', 'gone', '--env-file', 'vars', '--', 'sleep', '1000')
  await killEveryone(cli)
  writeFileSync(join(cli.work, 'vars'), 'no pair\n')
  const bare = await cli.run(['restart', 'bare'])
  expect(bare.code).toBe(1)
  expect(bare.err).toContain('env lost')
  expect(bare.err).toContain('fettle restart --env')
  const broken = await cli.run(['restart', 'gone', '--json'])
  expect(broken.code).toBe(1)
  const error: unknown = JSON.parse(broken.err)
  expect(isRecord(error) && isRecord(error['error']) ? error['error']['message'] : '').toContain(
    'vars, line 1',
  )
})
