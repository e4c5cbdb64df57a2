import { expect, test } from 'bun:test'
import { CliHome } from '../support/cli-home.ts'
import { fettleBinary } from '../support/binary.ts'

/** What a wait that times out writes to a terminal. */
async function waitOnTerminal(cli: CliHome, term: string): Promise<string> {
  const command = `${fettleBinary()} wait web --timeout 3s`
  const child = Bun.spawn(['script', '-qec', command, '/dev/null'], {
    cwd: cli.work,
    env: { ...cli.env, TERM: term },
    stdin: 'ignore',
    stdout: 'pipe',
  })
  const [text] = await Promise.all([child.stdout.text(), child.exited])
  return text
}

test('a progress line is wiped before an error is told, and a dumb terminal gets none', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--name', 'web', '--', 'sleep', '1000')
  const shown = await waitOnTerminal(cli, 'xterm')
  expect(shown).toContain('waiting for web')
  expect(shown).toContain('\r\u001b[Kfettle: Waited 3s')
  const plain = await waitOnTerminal(cli, 'dumb')
  expect(plain).not.toContain('waiting for web')
  expect(plain).not.toContain('\u001b')
})
