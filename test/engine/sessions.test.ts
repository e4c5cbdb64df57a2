// What real programs painted, beside tmux: two terminals that know nothing of each other show the same.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { runPaths, segmentName, type RunPaths } from '../../src/store/layout.ts'
import { RunScreen } from '../../src/store/screen/run-screen.ts'
import { until } from '../support/until.ts'

const SIZE = { rows: 24, cols: 80 }
const recorded = join(import.meta.dirname, '..', 'fixtures', 'sessions')
const sessions = readdirSync(recorded).filter((name) => name.endsWith('.bin'))
let dir = ''

function tmux(...args: readonly string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(
    ['tmux', '-S', join(dir, 'tmux'), '-f', join(dir, 'conf'), ...args],
    {
      env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', TERM: 'xterm-256color', SHELL: '/bin/sh' },
    },
  )
  if (exitCode !== 0) throw new Error(`tmux ${args.join(' ')}: ${stderr.toString()}`)
  return stdout.toString()
}

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'f-tmux-'))
  writeFileSync(join(dir, 'conf'), 'set -g status off\nset -g remain-on-exit on\nset -g history-limit 0\n')
  tmux('new-session', '-d', '-x', String(SIZE.cols), '-y', String(SIZE.rows), '-s', 'first', 'sleep 1000')
})

afterAll(() => {
  tmux('kill-server')
  rmSync(dir, { recursive: true, force: true })
})

/** What tmux shows of a file's bytes, once that is what is expected; without trailing blanks, which it leaves out. */
async function untilTmuxShows(file: string, lines: readonly string[]): Promise<void> {
  const script = `stty raw -echo; cat '${file}'; exec sleep 1000`
  const size = ['-x', String(SIZE.cols), '-y', String(SIZE.rows)]
  const session = tmux('new-session', '-d', '-P', '-F', '#{session_id}', ...size, script).trim()
  const expected = trimmed(lines)
  await until(() => trimmed(toText(tmux('capture-pane', '-p', '-e', '-t', `${session}:`)).split('\n')), {
    holds: (shown) => shown === expected,
    what: `tmux to show\n${expected}`,
  })
  tmux('kill-session', '-t', session)
}

/** tmux writes lines and corners as the letters a terminal makes them from, between SO and SI. */
function toText(captured: string): string {
  const drawn = new Map(Array.from('lqkxjmtuvwn', (letter, i) => [letter, '┌─┐│┘└├┤┴┬┼'[i] ?? letter]))
  /* oxlint-disable no-control-regex -- control characters are what is looked for */
  return captured
    .replaceAll(/\u001b\[[\d;:]*m/g, '')
    .replaceAll(/\u000e([^\u000f]*)\u000f?/g, (_, letters: string) =>
      Array.from(letters, (letter) => drawn.get(letter) ?? letter).join(''),
    )
  /* oxlint-enable no-control-regex */
}

function trimmed(lines: readonly string[]): string {
  return lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd()
}

function createRun(bytes: Uint8Array): RunPaths {
  const paths = runPaths(mkdtempSync(join(dir, 'run-')))
  mkdirSync(paths.output)
  writeFileSync(join(paths.output, segmentName('out', 0)), bytes)
  return paths
}

async function linesOf(paths: RunPaths): Promise<readonly string[]> {
  using screen = await RunScreen.open({ paths, atFirst: SIZE })
  await screen.advance()
  return (await screen.view({ envDump: false })).lines
}

test('there are sessions of every kind', () => {
  expect(sessions.length).toBeGreaterThanOrEqual(10)
})

test.each(sessions)('%s: the screen is the one tmux shows', async (name) => {
  const file = join(recorded, name)
  await untilTmuxShows(file, await linesOf(createRun(readFileSync(file))))
})

test.each(sessions)('%s: also after a long log, and from states saved on the way', async (name) => {
  const log = Array.from(
    { length: 20_000 },
    (_, i) => `\u001b[3${i % 8}mline ${i}\u001b[0m of a log\r\n`,
  ).join('')
  const bytes = Buffer.concat([Buffer.from(log), readFileSync(join(recorded, name))])
  const file = join(dir, name)
  writeFileSync(file, bytes)
  const paths = createRun(bytes)
  const lines = await linesOf(paths)
  await untilTmuxShows(file, lines)
  const step = Math.ceil((bytes.length - log.length) / 7)
  for (let to = log.length; to < bytes.length; to += step) {
    using screen = await RunScreen.open({ paths, atFirst: SIZE })
    await screen.advance(to)
    await screen.save()
  }
  expect(await linesOf(paths)).toEqual(lines)
})
