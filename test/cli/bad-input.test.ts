import { expect, test } from 'bun:test'
import { CliHome } from '../support/cli-home.ts'

const CASES: readonly {
  readonly what: string
  readonly args: readonly string[]
  readonly says: RegExp
  readonly code: number
}[] = [
  { what: 'no such verb', args: ['rnu'], says: /run/, code: 2 },
  { what: 'no such flag', args: ['run', '--nmae', 'x', '--', 'true'], says: /--name/, code: 2 },
  { what: 'nothing to run', args: ['run'], says: /command|CMD/i, code: 2 },
  { what: 'a duration without a unit', args: ['run', '--deadline', '10', '--', 'true'], says: /10/, code: 2 },
  { what: 'a size that is none', args: ['run', '--max-output', 'lots', '--', 'true'], says: /lots/, code: 2 },
  { what: 'a signal that is none', args: ['kill', 'x', '--signal', 'NOPE'], says: /NOPE/, code: 2 },
  { what: 'a bad name', args: ['run', '--name', 'a b', '--', 'true'], says: /a b/, code: 2 },
  { what: 'a bad pattern', args: ['run', '--watch', '/(/', '--', 'true'], says: /\(/, code: 2 },
  { what: 'no such job to kill', args: ['kill', 'nobody'], says: /nobody/, code: 4 },
  { what: 'no such job to send to', args: ['send', 'nobody', 'x'], says: /nobody/, code: 4 },
  { what: 'everything, without saying so', args: ['kill', '*'], says: /--all/, code: 7 },
]

for (const { what, args, says, code } of CASES) {
  test(`${what} is a clear error`, async () => {
    await using cli = new CliHome()
    const result = await cli.run(args)
    expect(result.err + result.out).toMatch(says)
    expect(result.code).toBe(code)
  })
}

test('a start that fails names its stage, on stderr, and the command fails', async () => {
  await using cli = new CliHome()
  const { code, err } = await cli.run(['run', '--wait', '--cwd', '/nowhere/at/all', '--', 'true'])
  expect(code).not.toBe(0)
  expect(err).toContain('/nowhere/at/all')
  const missing = await cli.run(['run', '--wait', '--', 'no-such-command-at-all'])
  expect(missing.code).toBe(127)
  expect(missing.err).toContain('no-such-command-at-all')
})

test('with --json an error is one JSON line on stderr', async () => {
  await using cli = new CliHome()
  const { code, err, out } = await cli.run(['logs', 'nobody', '--json'])
  expect(code).toBe(4)
  expect(out).toBe('')
  expect(JSON.parse(err)).toMatchObject({ error: { code: 'job_not_found' } })
})

test('a prefix that means several jobs is refused with the list of them', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--wait', '--', 'true')
  await cli.ok('run', '--wait', '--', 'true')
  const { code, err } = await cli.run(['logs', 'proc_'])
  expect(code).not.toBe(0)
  expect(err.length).toBeGreaterThan(0)
})
