import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import { isRecord } from '../../src/core/errors.ts'
import { CliHome } from '../support/cli-home.ts'

// Made up here, so that nothing that looks like a key stands in the repository as a whole.
const TOKEN = `ghp_${'a1B2c3D4e5'.repeat(4)}`
const WORD = 'correcthorse9battery'
const KEY_LINE = 'b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW'
const KEY = `-----BEGIN OPENSSH PRIVATE KEY-----\n${`${KEY_LINE}\n`.repeat(12)}-----END OPENSSH PRIVATE KEY-----`

function expectHidden(where: string, text: string): void {
  for (const secret of [
    TOKEN.slice(8, 20),
    WORD,
    KEY_LINE,
    Buffer.from(TOKEN).toString('base64').slice(8, 24),
  ]) {
    if (text.includes(secret)) throw new Error(`${where} shows "${secret}": ${text}`)
  }
}

test('secrets in output reach no reader, from wherever it is read', async () => {
  await using cli = new CliHome()
  writeFileSync(
    join(cli.work, 'prints.sh'),
    [
      `echo "before"; cat <<'END'\n${KEY}\nEND`,
      `echo "Authorization: Bearer ${TOKEN}"`,
      `printf '${TOKEN.slice(0, 9)}\\033[1m${TOKEN.slice(9)}\\033[0m\\n'`,
      `echo 'postgres://me:${WORD}@db/x {\\"password\\": \\"${WORD}\\"}'`,
      `echo ${Buffer.from(TOKEN).toString('base64')}`,
      `export APP_AUTH='${WORD} x'; env; export -p; echo after`,
    ].join('\n'),
  )
  for (const terminal of [[], ['--pty=50x90']]) {
    const name = terminal.length === 0 ? 'pipe' : 'terminal'
    await cli.ok(
      'run',
      '--wait',
      '--name',
      name,
      '--watch',
      '/./',
      '--notify',
      ...terminal,
      '--',
      'sh',
      'prints.sh',
    )
    const all = await cli.ok('logs', name, '--all')
    expect(all).toContain('before')
    expect(all).toContain('after')
    expectHidden('logs --all', all)
    const { output } = await cli.json('status', name)
    const end = numberIn(output, 'bytes')
    for (let from = 10; from < end; from += Math.ceil(end / 12)) {
      expectHidden(`logs --from ${from}`, await cli.ok('logs', name, '--from', String(from)))
    }
    for (const args of [
      ['--tail', '1'],
      ['--head', '4'],
      ['--grep', '/AAAA|AUTH|Bearer/'],
      ['--all', '--raw'],
      ['--json', '--all'],
    ]) {
      expectHidden(`logs ${args.join(' ')}`, await cli.ok('logs', name, ...args))
    }
  }
  expectHidden('screen', await cli.ok('screen', 'terminal'))
  expectHidden('screen --json', await cli.ok('screen', 'terminal', '--json'))
  for (const verb of [
    ['events', '--json'],
    ['notifications', '--json'],
    ['why', 'pipe'],
    ['status', 'pipe', '--json'],
  ]) {
    expectHidden(verb.join(' '), await cli.ok(...verb))
  }
})

test('errors do not repeat the secrets they were asked with', async () => {
  await using cli = new CliHome()
  for (const args of [
    ['run', '--cwd', `/nowhere/${TOKEN}`, '--', 'true'],
    ['run', '--wait', '--', `/nowhere/${TOKEN}`],
    ['run', '--watch', `/(${TOKEN}/`, '--', 'true'],
    ['logs', `x-${TOKEN}`],
    ['ps', '-a', '--json'],
  ]) {
    const { out, err } = await cli.run(args)
    expectHidden(args.join(' '), out + err)
    const json = await cli.run([...args, '--json'])
    expectHidden(`${args.join(' ')} --json`, json.out + json.err)
  }
})

test('what everybody is shown may not be a secret', async () => {
  await using cli = new CliHome()
  for (const args of [
    ['--name', `n-${TOKEN}`],
    ['--task', TOKEN],
    ['--owner', TOKEN],
    ['--label', `note=${TOKEN}`],
    ['--label', 'password=hunter2xyz'],
  ]) {
    const { code, err } = await cli.run(['run', ...args, '--', 'true'])
    expect([args, code]).toEqual([args, 2])
    expect(err).toContain('looks like a secret')
    expectHidden('run', err)
  }
  expect((await cli.run(['run', '--label', 'key=value', '--task', 'sprint-12', '--', 'true'])).code).toBe(0)
})

test('values of the environment are in no file of the home and in no argument or environment of fettle itself', async () => {
  await using cli = new CliHome()
  const env = { LIVE_TOKEN: TOKEN }
  const { code } = await cli.run(
    ['run', '--name', 'live', '--env', `OTHER_KEY=${WORD}`, '--', 'sleep', '1000'],
    { env },
  )
  expect(code).toBe(0)
  await cli.ok('run', '--wait', '--name', 'list', '--env', `OTHER_KEY=${WORD}`, '--watch', 'KEY', '--', 'env')
  await cli.run(['logs', 'list'], { env })
  const { state } = await cli.json('paths')
  for (const path of filesIn(String(state))) {
    // what a program prints of it is its output
    if (!path.includes('/output/')) expectHidden(path, readFileSync(path, 'latin1'))
  }
  const leader = numberIn((await cli.json('status', 'live'))['run'], 'pid')
  let looked = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== leader)) {
    const environ = readProc(pid, 'environ')
    if (!environ.includes(cli.home.dir)) continue
    looked++
    expectHidden(`/proc/${pid}`, environ + readProc(pid, 'cmdline'))
  }
  // anchor, daemon and the keeper of the job that lives
  expect(looked).toBeGreaterThanOrEqual(3)
  await cli.ok('kill', 'live')
})

function numberIn(value: unknown, field: string): number {
  return isRecord(value) ? Number(value[field]) : Number.NaN
}

function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    // ended meanwhile, or somebody else's
    return ''
  }
}
