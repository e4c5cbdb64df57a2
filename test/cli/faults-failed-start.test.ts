import { expect, test } from 'bun:test'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CliHome } from '../support/cli-home.ts'

const NOT_FOUND = /^fettle: failed to start: .*nosuch.* \(stage lookup, ENOENT\)\n$/

test('a program that is not there: id on stdout, why on stderr, exit 1; with --wait 127', async () => {
  await using cli = new CliHome()
  // Again and again: the answer must not come before the evidence.
  for (let i = 0; i < 5; i++) {
    const { code, out, err } = await cli.run(['run', '--', 'nosuch'])
    expect(code).toBe(1)
    expect(out).toMatch(/^proc_[0-9a-f]{12}\n$/)
    expect(err).toMatch(NOT_FOUND)
    expect(await cli.ok('ps', out.trim())).toContain('failed to start (lookup)')
  }
  const waited = await cli.run(['run', '--wait', '--', 'nosuch'])
  expect(waited.code).toBe(127)
  expect(waited.err).toMatch(NOT_FOUND)
})

test('with --wait 126 for what cannot be executed, 125 for what fails before', async () => {
  await using cli = new CliHome()
  const plain = join(cli.work, 'plain')
  writeFileSync(plain, 'no program\n', { mode: 0o644 })
  expect((await cli.run(['run', '--wait', '--', plain])).code).toBe(126)
  chmodSync(plain, 0o755)
  const { code, err } = await cli.run(['run', '--wait', '--', plain])
  expect(code).toBe(126)
  expect(err).toContain('(stage exec, ')
})

test('an answer to run is evidence: the first process exists', async () => {
  await using cli = new CliHome()
  for (let i = 0; i < 5; i++) {
    const text = await cli.ok('run', '--json', '--', 'sleep', '1000')
    expect(text).toContain('"state":"running"')
    expect(text).toMatch(/"run":\{"n":1,"pid":[0-9]+,/)
  }
  await cli.ok('kill', '--all', '--yes')
})

test('a job that waits for what cannot come true says for what', async () => {
  await using cli = new CliHome()
  await cli.run(['run', '--wait', '--name', 'db', '--', 'sh', '-c', 'exit 3'])
  const { code, err } = await cli.run(['run', '--wait', '--name', 'web', '--after', 'db:ok', '--', 'true'])
  expect(code).toBe(125)
  expect(err).toContain('failed to start: db:ok, which it waited for, cannot come true')
  const why = await cli.ok('why', 'web')
  expect(why).toContain('db:ok, which it waited for, cannot come true')
  expect(why).not.toContain('unknown')
})
