import { afterEach, beforeEach, expect, test } from 'bun:test'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeOutput } from '../fixtures/output.ts'
import { runPaths, segmentName, type RunPaths } from '../layout.ts'
import { createTerminal, draw } from './create-terminal.ts'
import { RunScreen, type ScreenView } from './run-screen.ts'
import { addSize } from './terminal-sizes.ts'

const SIZE = { rows: 10, cols: 40 }
let dir: string
let paths: RunPaths

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fettle-screen-'))
  paths = runPaths(dir)
  mkdirSync(paths.output)
})

afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

async function view(): Promise<ScreenView> {
  using screen = await RunScreen.open({ paths, atFirst: SIZE })
  await screen.advance()
  return await screen.view({ envDump: false })
}

async function save(to?: number): Promise<boolean> {
  using screen = await RunScreen.open({ paths, atFirst: SIZE })
  await screen.advance(to)
  return await screen.save()
}

/** What a terminal shows that was given every byte. */
async function shownBy(text: string): Promise<{ lines: string[]; cursor: object }> {
  const { terminal } = createTerminal(SIZE)
  await draw(terminal, text)
  const { active } = terminal.buffer
  const lines = Array.from(
    { length: SIZE.rows },
    (_, y) => active.getLine(active.baseY + y)?.translateToString(true) ?? '',
  )
  return {
    lines,
    cursor: { row: active.cursorY, col: Math.min(active.cursorX, SIZE.cols - 1), visible: true },
  }
}

const numbered = (from: number, to: number, text: (i: number) => string): string =>
  Array.from({ length: to - from }, (_, i) => text(from + i)).join('')

const EDITOR =
  '\u001b[?1049h\u001b[2J\u001b[1;1Hfirst row\u001b[10;1H\u001b[7m-- INSERT --\u001b[m\u001b[4;5Hcursor here'

test('an editor that painted long ago is on the screen, whatever ran past before', async () => {
  const log = numbered(0, 200_000, (i) => `\u001b[32mline ${i}\u001b[0m of a log\r\n`)
  writeOutput(paths.output, [log + EDITOR + '\u001b[6n'.repeat(2_000_000)])
  const seen = await view()
  expect(seen.lines[0]).toBe('first row')
  expect(seen.lines[3]).toBe('    cursor here')
  expect(seen).toMatchObject({ alternate: true, fromOffset: 0, cursor: { row: 3, col: 15 } })
})

test('long stretches that are skipped leave what drawing them would', async () => {
  const colours = [
    '\u001b[31m',
    '\u001b[1;4mx',
    '\u001b[0;33m',
    '\u001b[m',
    '\u001b[K',
    '',
    'a tab\t',
    '漢字',
  ]
  const lines = numbered(
    0,
    6000,
    (i) => `${colours[i % 7]}line ${i}${i % 13 === 0 ? 'x'.repeat(90) : ''}\r\n`,
  )
  const texts = [
    `${lines}${EDITOR}\u001b[?1049l${lines.slice(0, 60_000)}end`,
    // a region: only what is in it scrolls
    `top row\r\nsecond\r\n\u001b[3;8r\u001b[10;1Hlast row\u001b[5;1H${lines}`,
    // the cursor is below the region, where nothing scrolls; above it
    `\u001b[2;6r\u001b[9;1H${lines}`,
    `\u001b[5;8r\u001b[1;1H${lines}`,
    // line drawing in between, another title, insertion, no wrapping
    `${lines}\u001b(0lqqk\u001b(B${lines}\u001b]0;a title\u0007\u001b[4h${lines}\u000eshifted\u000f${lines}`,
    `\u001b[?7l${lines}`,
    // stairs: a line feed alone does not go back to the first column
    `${lines.replaceAll('\r\n', '\n').slice(0, 40_000)}\r\n${lines}`,
  ]
  for (const text of texts) {
    rmSync(paths.output, { recursive: true })
    writeOutput(paths.output, [text])
    expect(await view()).toMatchObject(await shownBy(text))
  }
})

test('a saved screen goes on with what was printed since, also when all before it was dropped', async () => {
  const before = `\u001b]2;my title\u0007${EDITOR}`
  const after = '\u001b[5;1Hlater\u001b[?25l'
  writeOutput(paths.output, [before])
  expect(await save()).toBe(true)
  rmSync(paths.output, { recursive: true })
  writeOutput(paths.output, [before.length, after])
  const seen = await view()
  expect(seen.lines.slice(3, 5)).toEqual(['    cursor here', 'later'])
  expect(seen).toMatchObject({
    title: 'my title',
    alternate: true,
    fromOffset: 0,
    cursor: { row: 4, col: 5, visible: false },
  })
})

test('a hole that nobody has drawn is told', async () => {
  writeOutput(paths.output, [`${EDITOR}\u001b[3`, 1000, 'mafter'])
  expect(await view()).toMatchObject({ fromOffset: EDITOR.length + 3 + 1000, alternate: true })
  expect((await view()).lines[3]).toContain('cursor heremafter')
})

test('in the midst of a sequence or a character nothing is saved', async () => {
  for (const text of ['a\u001b[3', 'a\u001b]0;titl', 'a\u001bPq12', 'a\u001b', 'a\u001b(', 'a\u00e4']) {
    rmSync(paths.output, { recursive: true, force: true })
    const end = writeOutput(paths.output, [text])
    expect([text, await save(text.endsWith('\u00e4') ? end - 1 : end)]).toEqual([text, false])
  }
  writeOutput(paths.output, ['a\u001b[3mb'])
  expect(await save()).toBe(true)
})

test('each size counts from where the output had got to', async () => {
  const first = `${'x'.repeat(50)}\r\n`
  writeOutput(paths.output, [first])
  addSize(paths.sizes, { offset: first.length, rows: 5, cols: 60 })
  appendFileSync(join(paths.output, segmentName('out', 0)), 'y'.repeat(61))
  const seen = await view()
  expect(seen).toMatchObject({ rows: 5, cols: 60 })
  expect(seen.lines.filter((line) => line.includes('y'))).toEqual(['y'.repeat(60), 'y'])
  expect(await save()).toBe(true)
  appendFileSync(paths.sizes, '{"offset": 1')
  expect(await view()).toMatchObject({ rows: 5, cols: 60 })
})

test('a secret is masked in its place, over rows too; a key over many rows goes', async () => {
  const token = `ghp_${'a1B2c3D4e5'.repeat(4)}`
  writeOutput(paths.output, [
    `token ${token} after\r\n\u001b[5;1H-----BEGIN PRIVATE KEY-----\r\n${'Qk9E'.repeat(9)}\r\n${'Qk9E'.repeat(9)}\r\n`,
  ])
  const { lines } = await view()
  expect(lines.join('\n')).not.toContain(token.slice(8, 16))
  expect(lines.join('\n')).not.toContain('Qk9E')
  expect(lines[1]).toEndWith(' after')
  expect(lines[1]?.length).toBe(`token ${token} after`.length - SIZE.cols)
})
