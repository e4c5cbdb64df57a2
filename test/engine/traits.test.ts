// A run gets what its caller had, and nothing of fettle's own.

import { expect, test } from 'bun:test'
import { isRecord } from '../../src/core/errors.ts'
import { Engine, type StartOptions } from '../support/engine.ts'
import type { SpecChange } from '../support/run-spec.ts'
import { fixture } from '../support/fixture.ts'

async function traitsOf(
  change: Partial<SpecChange>,
  options: StartOptions & { args?: readonly string[] } = {},
): Promise<Record<string, unknown>> {
  await using engine = await Engine.start()
  const run = await engine.start({ argv: fixture('traits', ...(options.args ?? [])), ...change }, options)
  expect((await run.outcome()).code).toBe(0)
  const traits: unknown = JSON.parse(run.text())
  if (!isRecord(traits)) throw new Error('The program has said no object')
  return traits
}

const caller = { umask: 0o022, nice: 0, openFiles: [1024, 4096] } as const

test('umask, niceness and limits of open files are the caller’s', async () => {
  const traits = await traitsOf({ caller: { umask: 0o027, nice: 3, openFiles: [100, 200] } })
  expect(traits).toMatchObject({ umask: 0o027, nice: 3, openFiles: [100, 200] })
})

test('an open files limit of the spec goes before the caller’s', async () => {
  const traits = await traitsOf({ caller, limits: { openFiles: 90 } })
  expect(traits['openFiles']).toEqual([90, 90])
})

test('all signals are at their default and none is blocked', async () => {
  expect(await traitsOf({})).toMatchObject({ blocked: 0, ignored: 0 })
  expect(await traitsOf({ pty: { rows: 24, cols: 80 } })).toMatchObject({ blocked: 0, ignored: 0 })
})

test('it leads a session and a group of its own, and the kernel takes it before its keeper', async () => {
  expect(await traitsOf({})).toMatchObject({ leadsSession: true, leadsGroup: true, oomScore: 200, cwd: '/' })
})

test('it inherits three descriptors, and the marks above 200', async () => {
  expect((await traitsOf({}))['descriptors']).toEqual({
    0: ['character', 'read'],
    1: ['fifo', 'write'],
    2: ['fifo', 'write'],
    200: ['fifo', 'both'],
  })
  expect((await traitsOf({ split: true, stdin: 'pipe' }))['descriptors']).toEqual({
    0: ['fifo', 'read'],
    1: ['fifo', 'write'],
    2: ['fifo', 'write'],
    200: ['fifo', 'both'],
    201: ['fifo', 'both'],
  })
  expect((await traitsOf({ pty: { rows: 24, cols: 80 } }))['descriptors']).toEqual({
    0: ['character', 'both'],
    1: ['character', 'both'],
    2: ['character', 'both'],
    200: ['fifo', 'both'],
  })
})

test('its environment is what was given, and the name of the run', async () => {
  const { env } = await traitsOf({}, { env: { ODD: 'a=b\n"c"', EMPTY: '' } })
  if (!isRecord(env)) throw new Error('no environment')
  const names = Object.keys(env).map((key) => Buffer.from(key, 'hex').toString())
  expect(names.filter((name) => /^(?:BUN|NODE|FETTLE)_/.test(name)).toSorted()).toEqual([
    'FETTLE_RUN',
    'FETTLE_TEST_HOME',
  ])
  const value = (name: string): string =>
    Buffer.from(String(env[Buffer.from(name).toString('hex')]), 'hex').toString()
  expect(value('ODD')).toBe('a=b\n"c"')
  expect(value('EMPTY')).toBe('')
  expect(value('FETTLE_RUN')).toBe('proc_000000000001/1')
})

test('arguments that are not UTF-8 arrive as the bytes they are', async () => {
  const odd = Buffer.from([0x62, 0xff, 0xfe, 0x0a, 0x27])
  const words = [...fixture('traits'), odd]
  const traits = await traitsOf({
    argv: words.map(String),
    argvBytes: words.map((word) => Buffer.from(word).toString('base64')),
  })
  expect(traits['argv']).toEqual([odd.toString('hex')])
})
