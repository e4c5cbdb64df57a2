// The completion scripts in their shells, each on a terminal of a job of fettle's own: a key is pressed, and the screen says
// what the shell made of it.

import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import { CliHome } from '../support/cli-home.ts'
import { until } from '../support/until.ts'

const SHELLS = [
  {
    shell: 'bash',
    argv: ['bash', '--norc', '--noprofile', '-i'],
    setUp: 'PS1="ready> "; source <(fettle completion bash)',
  },
  {
    shell: 'zsh',
    argv: ['zsh', '-f', '-i'],
    setUp: 'PS1="ready> "; autoload -U compinit; compinit -u -D; source <(fettle completion zsh)',
  },
  {
    shell: 'fish',
    argv: ['fish', '--no-config', '-i'],
    setUp: 'function fish_prompt; echo "ready> "; end; fettle completion fish | source',
  },
] as const

/** What completing the line gives: the one candidate in its place, or a list of several. */
const CASES: readonly { types: string; sees: readonly string[]; not?: string }[] = [
  { types: 'fettle daemon resta', sees: ['fettle daemon restart'] },
  { types: 'fettle --json logs don', sees: ['fettle --json logs done-job'] },
  { types: 'fettle kill ', sees: ['worker-1', 'worker-2'], not: 'some-file' },
  // nothing of fettle's fits: names of files do
  { types: 'fettle run --env-file some-f', sees: ['fettle run --env-file some-file'] },
]

test.each(SHELLS)(
  'completion in $shell',
  async ({ shell, argv, setUp }) => {
    await using cli = new CliHome()
    const bin = join(cli.work, 'bin')
    mkdirSync(bin)
    symlinkSync(cli.binary, join(bin, 'fettle'))
    await Bun.write(join(cli.work, 'some-file'), '')
    for (const name of ['worker-1', 'worker-2']) await cli.ok('run', '--name', name, '--', 'sleep', '1000')
    await cli.ok('run', '--wait', '--name', 'done-job', '--', 'true')
    const env = { PATH: `${bin}:${cli.env['PATH']}`, HOME: cli.work, TERM: 'xterm-256color' }
    const started = await cli.run(['run', '--name', shell, '--pty', '30x100', '--', ...argv], { env })
    expect(started.err).toBe('')
    const seen = async (...texts: readonly string[]): Promise<void> => {
      await until(() => cli.ok('screen', shell), {
        holds: (screen) => texts.every((text) => screen.includes(text)),
        // zsh loads a thousand functions first
        deadlineMs: 60_000,
        what: `${shell} to show ${texts.join(', ')}`,
      })
    }
    await cli.ok('send', shell, setUp, '--enter')
    await seen('ready> ')
    for (const { types, sees, not } of CASES) {
      // bash lists several candidates at the second press only
      await cli.ok('send', shell, types, '--keys', 'Tab,Tab')
      await seen(...sees)
      if (not !== undefined) expect(await cli.ok('screen', shell)).not.toContain(not)
      await cli.ok('send', shell, '--keys', 'C-u,C-l')
      await until(async () => !(await cli.ok('screen', shell)).includes('fettle'), { what: 'a clear screen' })
    }
    await cli.ok('kill', shell)
  },
  120_000,
)

test('flags before the verb are no verb, and names are those of the home that is meant', async () => {
  await using cli = new CliHome()
  await using other = new CliHome()
  await cli.ok('run', '--wait', '--name', 'mine', '--', 'true')
  await other.ok('run', '--wait', '--name', 'theirs', '--', 'true')
  const complete = async (...words: readonly string[]): Promise<string[]> =>
    (await cli.ok('__complete', '--', ...words)).split('\n').filter((word) => !/^(?:proc_.*)?$/.test(word))
  expect(await complete('--json', 'logs', '')).toEqual(['mine'])
  expect(await complete('--home', String(other.env['FETTLE_HOME']), 'logs', '')).toEqual(['theirs'])
  expect(await complete('logs', '--color', 'al')).toEqual(['always'])
  expect(await complete('--home', '')).toEqual([])
})
