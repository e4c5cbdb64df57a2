import { afterEach, beforeEach, expect, test } from 'bun:test'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeOutput, writeTimes } from '../fixtures/output.ts'
import { indexName, segmentName } from '../layout.ts'
import { openOutput } from './output-reader.ts'
import { groupDigits, renderSlice, type RenderOptions } from './render-slice.ts'
import { viewLogs, type LogSelection } from './view-logs.ts'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fettle-view-'))
})

afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

const view = (select: LogSelection, more: Partial<RenderOptions & { maxBytes: number }> = {}) =>
  viewLogs({ dir, stream: 'out', select, maxBytes: 1_000_000, strip: true, redact: 'text', ...more })

const slice = (from: number, to: number, more: Partial<RenderOptions> = {}) => {
  using reader = openOutput({ dir, stream: 'out' })
  return renderSlice(reader, { from, to, strip: true, redact: 'text', ...more })
}

test('head, tail and range', async () => {
  writeOutput(dir, ['one\ntwo\n', 'three\nfour'])
  expect(await view({ kind: 'head', lines: 2 })).toEqual({
    from: 0,
    to: 8,
    next: 8,
    droppedBytes: 0,
    text: 'one\ntwo\n',
    lines: 2,
    truncated: false,
  })
  expect(await view({ kind: 'tail', lines: 2 })).toMatchObject({
    from: 8,
    to: 18,
    text: 'three\nfour',
    lines: 2,
  })
  expect(await view({ kind: 'range', from: 4 })).toMatchObject({ text: 'two\nthree\nfour', truncated: false })
  expect(await view({ kind: 'range', from: 18 })).toMatchObject({ text: '', lines: 0, next: 18 })
  expect(await view({ kind: 'range', from: 99 })).toMatchObject({ text: '', from: 99, next: 99 })
})

test('what is cut says how much and how to get it', async () => {
  writeOutput(dir, [`${'x'.repeat(4999)}\n`])
  const cut = await view({ kind: 'range', from: 0 }, { maxBytes: 1000 })
  expect(cut).toMatchObject({ to: 1000, next: 1000, truncated: true })
  expect(cut.text).toBe(`${'x'.repeat(1000)}\n[cut: 4,000 bytes; read them with --from 1000]\n`)
  expect(await view({ kind: 'tail', lines: 1 }, { maxBytes: 1000 })).toMatchObject({
    from: 4000,
    truncated: true,
  })
  expect((await view({ kind: 'head', lines: 1 }, { maxBytes: 1000 })).text).toContain('[cut: 4,000 bytes')
})

test('holes are told in their place', async () => {
  writeOutput(dir, [1_204_224, 'abc', 7, 'def\n', 5, ''])
  const all = await view({ kind: 'range', from: 0 })
  expect(all.text).toBe(
    '[dropped 1,204,224 bytes here]\nabc\n[dropped 7 bytes here]\ndef\n[dropped 5 bytes here]\n',
  )
  expect(all).toMatchObject({ droppedBytes: 1_204_236, lines: 2 })
  expect((await view({ kind: 'range', from: 1_204_229 })).text).toStartWith('[dropped 5 bytes here]\ndef\n')
})

test('control sequences go or stay', async () => {
  writeOutput(dir, ['a\u001b[31', 'mred\u001b[0m b\n'])
  expect((await view({ kind: 'range', from: 0 })).text).toBe('ared b\n')
  expect((await view({ kind: 'range', from: 0 }, { strip: false })).text).toBe('a\u001b[31mred\u001b[0m b\n')
  // A slice that begins within a sequence shows nothing of it.
  expect(slice(2, 9).text).toBe('red')
})

test('slices one after another are the same text as one, at every border', () => {
  const text = 'grün \u001b[1m€uro\u001b[0m 😀 end\n'
  writeOutput(dir, [text.repeat(2)])
  const bytes = Buffer.from(text.repeat(2)).length
  const whole = slice(0, bytes).text
  expect(whole).toBe('grün €uro 😀 end\n'.repeat(2))
  for (let size = 1; size < 12; size++) {
    let joined = ''
    for (let at = 0; at < bytes; at += size) joined += slice(at, Math.min(at + size, bytes)).text
    expect(joined).toBe(whole)
  }
})

test('a character that has not all come is left for the next read; cut for good it is marked', () => {
  const euro = Buffer.from('a€')
  writeFileSync(join(dir, segmentName('out', 0)), euro.subarray(0, 3))
  expect(slice(0, 3)).toMatchObject({ text: 'a', to: 1 })
  expect(slice(1, 3)).toMatchObject({ text: '\ufffd', to: 3 })
  writeFileSync(join(dir, segmentName('out', 10)), 'b')
  expect(slice(0, 11).text).toBe('a\ufffd\n[dropped 7 bytes here]\nb')
})

const TOKEN = `ghp_${'A1b2C3d4E5'.repeat(4).slice(0, 36)}`

test('no border lets a secret through: slices and segments cut at every offset', () => {
  const before = 'x'.repeat(30)
  const text = `${before} token ${TOKEN} after\nnext line\n`
  const secret = TOKEN.slice(8, -6)
  for (let border = 0; border <= text.length; border++) {
    rmSync(dir, { recursive: true, force: true })
    writeOutput(dir, [text.slice(0, border), text.slice(border)])
    for (const part of [slice(0, border), slice(border, text.length), slice(0, text.length)]) {
      for (let i = 0; i + 8 <= secret.length; i++) expect(part.text).not.toContain(secret.slice(i, i + 8))
    }
  }
})

test('a private key over many lines goes from any slice of it', () => {
  const lines = Array.from({ length: 20 }, (_, i) => `${String(i).padStart(2, '0')}${'Qk9E'.repeat(15)}`)
  const key = `-----BEGIN RSA PRIVATE KEY-----\n${lines.join('\n')}\n-----END RSA PRIVATE KEY-----\n`
  const text = `before\n${key}after\n`
  writeOutput(dir, [text])
  for (let from = 0; from < text.length; from += 50) {
    expect(slice(from, Math.min(from + 120, text.length)).text).not.toContain('Qk9EQk9E')
  }
  expect(slice(0, text.length).text).toMatch(/^before\n.*\nafter\n$/)
})

test('redaction can be switched off', () => {
  writeOutput(dir, [`token ${TOKEN}\n`])
  expect(slice(0, 100, { redact: 'off' }).text).toContain(TOKEN)
})

test('grep: whole lines across segments, bounded, holes told', async () => {
  writeOutput(dir, ['error one\nfine\ner', '\u001b[31mror two\u001b[0m\n', 4, 'error three'])
  const grep = (maxLines: number) =>
    view({ kind: 'grep', matches: (line) => line.includes('error'), from: 0, maxLines })
  expect(await grep(10)).toMatchObject({
    text: 'error one\nerror two\n[dropped 4 bytes here]\nerror three\n',
    lines: 3,
    droppedBytes: 4,
    truncated: false,
  })
  const first = await grep(1)
  expect(first).toMatchObject({ lines: 1, truncated: true })
  const rest = await view({
    kind: 'grep',
    matches: (l) => l.includes('error'),
    from: first.next,
    maxLines: 9,
  })
  expect(rest.text).toStartWith('error two\n')
})

test('grep tells nothing of a secret', async () => {
  writeOutput(dir, [`token ${TOKEN}\n`])
  const grep = (needle: string) =>
    view({ kind: 'grep', matches: (line) => line.includes(needle), from: 0, maxLines: 9 })
  expect((await grep('token')).lines).toBe(1)
  expect((await grep(TOKEN.slice(10, 14))).lines).toBe(0)
})

test('since: by time of arrival, everything where none is known', async () => {
  writeOutput(dir, ['old\nnew\n'])
  writeTimes(dir, [
    [4, 1000],
    [8, 2000],
  ])
  expect((await view({ kind: 'since', timeMs: 1500 })).text).toBe('new\n')
  expect((await view({ kind: 'since', timeMs: 5000 })).text).toBe('')
  rmSync(join(dir, indexName('out')))
  expect((await view({ kind: 'since', timeMs: 5000 })).text).toBe('old\nnew\n')
})

test('bytes that came after the last record of time count as later', async () => {
  writeOutput(dir, ['old\n'])
  writeTimes(dir, [[4, 1000]])
  appendFileSync(join(dir, segmentName('out', 0)), 'new\n')
  expect((await view({ kind: 'since', timeMs: 5000 })).text).toBe('new\n')
})

test('digits are grouped without a locale', () => {
  expect([0, 999, 1000, 1_204_224].map(groupDigits)).toEqual(['0', '999', '1,000', '1,204,224'])
})
