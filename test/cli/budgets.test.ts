import { expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRecord } from '../../src/core/errors.ts'
import { CliHome } from '../support/cli-home.ts'
import { until } from '../support/until.ts'

/** The daemon looks each 5 s, and a look of ours takes several commands. */
const LONG = { deadlineMs: 45_000 }

function withBudget(cli: CliHome, text: string): void {
  const dir = join(cli.home.dir, 'h', 'config')
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  writeFileSync(join(dir, 'config.toml'), text)
}

/** Bytes ever printed and those that are gone. */
async function outputOf(cli: CliHome, job: string): Promise<{ bytes: number; droppedBytes: number }> {
  const { output } = await cli.json('status', job)
  if (!isRecord(output)) throw new Error('no output told')
  return { bytes: Number(output['bytes']), droppedBytes: Number(output['droppedBytes']) }
}

test('a living job keeps within the budget of its owner: what it gives up is counted and told', async () => {
  await using cli = new CliHome()
  withBudget(cli, '[budgets]\noutput-per-owner = "1MB"\n')
  // Segments of 64 KiB, so that a budget of 1 MB is not one segment.
  const small = ['--max-output', '512KiB']
  await cli.ok('run', '--wait', '--name', 'old', '--', 'sh', '-c', 'head -c 400000 /dev/zero')
  for (const name of ['a', 'b', 'c']) {
    await cli.ok(
      'run',
      '--name',
      name,
      ...small,
      '--',
      'sh',
      '-c',
      'head -c 450000 /dev/zero; exec sleep 1000',
    )
  }
  await until(async () => {
    const sizes = await Promise.all(['a', 'b', 'c'].map(async (name) => await outputOf(cli, name)))
    const kept = sizes.reduce((sum, { bytes, droppedBytes }) => sum + bytes - droppedBytes, 0)
    return sizes.every(({ bytes }) => bytes === 450_000) && kept <= 1_000_000
  }, LONG)
  // Who had ended went first.
  expect((await cli.run(['status', 'old'])).code).toBe(4)
  const dropped = await until(async () => {
    const text = await cli.ok('events', '--kind', 'output_dropped')
    return text.includes('the budget of output of its owner or of the host') ? text : null
  })
  expect(dropped).toContain('output_dropped')
  const shown = (await cli.ok('logs', 'a', '--all')).split('\0').length - 1
  expect(shown + (await outputOf(cli, 'a')).droppedBytes).toBe(450_000)
})

test('output of an earlier run goes before that of the one that lives', async () => {
  await using cli = new CliHome()
  withBudget(cli, '[budgets]\noutput-per-host = "500kB"\n')
  await cli.ok('run', '--name', 'again', '--', 'sh', '-c', 'head -c 300000 /dev/urandom; exec sleep 1000')
  await until(async () => (await outputOf(cli, 'again')).bytes === 300_000)
  await cli.ok('restart', 'again')
  await until(async () => (await outputOf(cli, 'again')).bytes === 300_000)
  await until(
    async () => (await cli.ok('events', '--kind', 'output_dropped', '--json')).includes('"bytes":300000'),
    LONG,
  )
  expect((await outputOf(cli, 'again')).droppedBytes).toBe(0)
  const first = await cli.run(['logs', 'again', '--run', '1'])
  expect(first.code).toBe(0)
  expect(first.out + first.err).toContain('300,000 bytes')
})
