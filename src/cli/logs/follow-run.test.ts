import { afterEach, beforeEach, expect, test } from 'bun:test'
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runDir, runPaths, segmentName } from '../../store/layout.ts'
import { followRun } from './follow-run.ts'
import type { OutputSink } from './follow-run.ts'
import { mergeByArrival } from './merge-streams.ts'

const ID = 'proc_0123456789ab'
let root = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fettle-follow-'))
  mkdirSync(join(runDir({ state: root }, ID, 1), 'output'), { recursive: true })
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

function outcomeText(): string {
  return JSON.stringify({
    format: 1,
    hostId: 'h',
    bootId: 'b',
    state: 'exited',
    code: 0,
    signal: null,
    coreDumped: false,
    source: 'waited',
    reason: 'exit',
    actor: 'keeper',
    evidence: 'x',
    startedAtMs: 1,
    endedAtMs: 2,
    cpuMs: null,
    maxRssBytes: null,
    failure: null,
    leftovers: { proof: 'empty', stopped: 0, survivors: [] },
  })
}

function collector(onText: (whole: string) => void = () => {}): { sink: OutputSink; seen: () => string } {
  let text = ''
  return {
    seen: () => text,
    sink: {
      bytes(bytes) {
        text += Buffer.from(bytes).toString()
        onText(text)
      },
      gap: (from, to) => (text += `[${to - from}]`),
      idle: () => {},
      end: () => {},
    },
  }
}

test('everything is given once, holes included, and the outcome ends it; no keeper is there to ring', async () => {
  const home = { state: root, runtime: join(root, 'runtime') }
  const paths = runPaths(runDir(home, ID, 1))
  writeFileSync(join(paths.output, segmentName('out', 100)), 'abc')
  const { sink, seen } = collector((text) => {
    // each step waits for the reader to have come that far
    if (text === '[100]abc') {
      appendFileSync(join(paths.output, segmentName('out', 100)), 'def')
      writeFileSync(join(paths.output, segmentName('out', 110)), 'end')
      writeFileSync(`${paths.outcome}.tmp`, outcomeText())
      renameSync(`${paths.outcome}.tmp`, paths.outcome)
    }
  })
  const streams = [{ source: { dir: paths.output, stream: 'out' }, from: 0, sink }] as const
  const outcome = await followRun({ home, id: ID, run: 1, streams })
  expect(outcome?.code).toBe(0)
  expect(seen()).toBe('[100]abcdef[4]end')
})

test('a signal ends it without an outcome', async () => {
  const home = { state: root, runtime: join(root, 'runtime') }
  const paths = runPaths(runDir(home, ID, 1))
  writeFileSync(join(paths.output, segmentName('out', 0)), 'abc')
  const abort = new AbortController()
  const { sink, seen } = collector(() => abort.abort())
  const streams = [{ source: { dir: paths.output, stream: 'out' }, from: 1, sink }] as const
  expect(await followRun({ home, id: ID, run: 1, streams, signal: abort.signal })).toBeNull()
  expect(seen()).toBe('bc')
})

test('two streams come in the order of arrival', () => {
  const dir = join(root, 'output')
  mkdirSync(dir)
  const record = (end: number, atMs: number): Buffer => {
    const bytes = Buffer.alloc(16)
    bytes.writeBigUInt64LE(BigInt(end), 0)
    bytes.writeDoubleLE(atMs, 8)
    return bytes
  }
  writeFileSync(join(dir, 'out.idx'), Buffer.concat([record(3, 10), record(6, 30)]))
  writeFileSync(join(dir, 'err.idx'), record(2, 20))
  const pieces = [
    ...mergeByArrival([
      { source: { dir, stream: 'out' }, from: 1, to: 8 },
      { source: { dir, stream: 'err' }, from: 0, to: 2 },
    ]),
  ]
  expect(pieces.map(({ stream, from, to }) => `${stream} ${from}-${to}`)).toEqual([
    'out 1-3',
    'err 0-2',
    'out 3-6',
    'out 6-8',
  ])
})
