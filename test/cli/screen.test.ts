import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import { runDir, runPaths } from '../../src/store/layout.ts'
import { readSavedScreen } from '../../src/store/screen/saved-screen.ts'
import { CliHome } from '../support/cli-home.ts'
import { fixture } from '../support/fixture.ts'
import { until } from '../support/until.ts'

async function pathsOf(cli: CliHome, id: string) {
  const { state } = await cli.json('paths')
  return runPaths(runDir({ state: String(state) }, id, 1))
}

test('every question to the terminal is answered while nobody is attached', async () => {
  await using cli = new CliHome()
  await cli.ok('run', '--name', 'asks', '--pty=24x80', '--', ...fixture('asks'))
  const answers = await until(async () => /^\{.*\}$/m.exec(await cli.ok('logs', 'asks'))?.[0])
  expect(JSON.parse(answers)).toEqual({
    da1: '\u001b[?62;22c',
    da2: '\u001b[>41;390;0c',
    status: '\u001b[0n',
    cursor: '\u001b[4;7R',
    version: '\u001bP>|fettle\u001b\\',
    foreground: '\u001b]10;rgb:ffff/ffff/ffff\u001b\\',
    background: '\u001b]11;rgb:0000/0000/0000\u0007',
    palette: '\u001b]4;1;rgb:cdcd/0000/0000\u0007',
    kitty: '\u001b[?0u',
    mode: '\u001b[?2004;2$y',
    size: '\u001b[8;24;80t',
    capability: '\u001bP0+r\u001b\\',
  })
  await cli.ok('kill', 'asks')
})

test('what was painted long ago stays on the screen when the cap has dropped it, with and without a daemon', async () => {
  await using cli = new CliHome()
  const id = (
    await cli.ok('run', '--name', 'ed', '--pty=9x80', '--max-output', '512KiB', '--', ...fixture('painter'))
  ).trim()
  const paths = await pathsOf(cli, id)
  for (let round = 1; (await cli.json('logs', id, '--all'))['droppedBytes'] === 0; round++) {
    await cli.ok('send', 'ed', '--enter')
    await until(() => (readSavedScreen(paths.screen)?.offset ?? 0) > round * 320_000 - 70_000, {
      what: 'the screen to be saved',
    })
    expect(round).toBeLessThan(20)
  }
  const shown = {
    rows: 9,
    cols: 80,
    alternate: true,
    fromOffset: 0,
    cursor: { row: 2, col: 2, visible: true },
  }
  const screen = await cli.json('screen', 'ed')
  expect(screen).toMatchObject(shown)
  expect(screen['lines']).toMatchObject({ 0: 'painted first', 8: `-- INSERT --${' '.repeat(47)}clock` })
  await cli.ok('daemon', 'stop')
  expect(await cli.json('screen', 'ed')).toEqual(screen)
  expect((await cli.run(['daemon', 'status'])).code).toBe(3)
  await cli.ok('kill', 'ed')
})

test('cursor keys are sent in the way the program has asked for', async () => {
  await using cli = new CliHome()
  const script = 'stty raw -echo; printf "%b" "$1"; head -c 3 | od -An -c; printf done; exec sleep 1000'
  for (const [name, mode, sent] of [
    ['plain', '\\033[?1l', '033   [   A'],
    ['application', '\\033[?1h', '033   O   A'],
  ] as const) {
    await cli.ok('run', '--name', name, '--pty', '--', 'sh', '-c', script, 'sh', mode)
    const paths = await pathsOf(cli, String((await cli.json('status', name))['id']))
    await until(() => readFileSync(join(paths.output, 'out-0000000000000000.seg')).length > 0)
    await cli.ok('send', name, '--keys', 'Up')
    await until(async () => (await cli.ok('logs', name)).includes('done'))
    expect(await cli.ok('logs', name)).toContain(sent)
    await cli.ok('kill', name)
  }
})
