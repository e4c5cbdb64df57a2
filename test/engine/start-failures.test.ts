// A run that cannot start says at which stage and with which errno, and leaves nothing.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import type { Outcome } from '../../src/core/run/outcome.ts'
import { Engine } from '../support/engine.ts'
import type { SpecChange } from '../support/run-spec.ts'

const isRoot = process.getuid?.() === 0

async function failToStart(make: (dir: string) => SpecChange): Promise<Outcome> {
  await using engine = await Engine.start()
  const run = await engine.start(make(engine.home.dir))
  const outcome = await run.outcome()
  expect(outcome).toMatchObject({ state: 'failed_to_start', code: null, signal: null, reason: 'start' })
  expect(run.readState()).toMatchObject({ name: 'failed_to_start', leader: null })
  expect(run.output().end).toBe(0)
  return outcome
}

function file(dir: string, options: { text: string; mode: number }): string {
  const path = join(dir, 'program')
  writeFileSync(path, options.text)
  chmodSync(path, options.mode)
  return path
}

test('the working directory is missing', async () => {
  const { failure } = await failToStart((dir) => ({ argv: ['true'], cwd: join(dir, 'nowhere') }))
  expect(failure).toMatchObject({ stage: 'cwd', errno: 'ENOENT' })
  expect(failure?.message).toContain('nowhere')
})

test('the working directory is a file', async () => {
  const { failure } = await failToStart((dir) => ({
    argv: ['true'],
    cwd: file(dir, { text: '', mode: 0o644 }),
  }))
  expect(failure).toMatchObject({ stage: 'cwd', errno: 'ENOTDIR' })
})

test.skipIf(isRoot)('the working directory may not be entered', async () => {
  const { failure } = await failToStart((dir) => {
    mkdirSync(join(dir, 'closed'), { mode: 0o600 })
    return { argv: ['true'], cwd: join(dir, 'closed') }
  })
  expect(failure).toMatchObject({ stage: 'cwd', errno: 'EACCES' })
})

test('the command is in no folder of PATH', async () => {
  const { failure } = await failToStart(() => ({ argv: ['no-such-command-anywhere'] }))
  expect(failure).toMatchObject({ stage: 'lookup', errno: 'ENOENT' })
  expect(failure?.message).toContain('no-such-command-anywhere')
})

test('folders of PATH that cannot be looked into are passed over', async () => {
  await using engine = await Engine.start()
  const closed = join(engine.home.dir, 'closed')
  mkdirSync(closed, { mode: 0o600 })
  // Too long a name is refused to root as well.
  const PATH = `${join(engine.home.dir, 'x'.repeat(300))}:${closed}:/usr/bin:/bin`
  const run = await engine.start({ argv: ['sh', '-c', 'exit 4'] }, { env: { PATH } })
  expect(await run.outcome()).toMatchObject({ state: 'exited', code: 4 })
})

test.skipIf(isRoot)('a script that may be run and not read, its interpreter missing', async () => {
  const { failure } = await failToStart((dir) => ({
    argv: [file(dir, { text: '#!/no/such/interpreter\n', mode: 0o111 })],
  }))
  expect(failure).toMatchObject({ stage: 'exec', errno: 'ENOENT' })
})

test('the command is empty', async () => {
  expect((await failToStart(() => ({ argv: [''] }))).failure).toMatchObject({ stage: 'lookup' })
})

test('the program named by path is missing', async () => {
  const { failure } = await failToStart((dir) => ({ argv: [join(dir, 'missing')] }))
  expect(failure).toMatchObject({ stage: 'lookup', errno: 'ENOENT' })
})

test('the program is not executable', async () => {
  const { failure } = await failToStart((dir) => ({
    argv: [file(dir, { text: '#!/bin/sh\n', mode: 0o644 })],
  }))
  expect(failure).toMatchObject({ stage: 'lookup', errno: 'EACCES' })
  expect(failure?.message).toContain('not executable')
})

test('the program is a directory', async () => {
  expect((await failToStart((dir) => ({ argv: [dir] }))).failure).toMatchObject({
    stage: 'lookup',
    errno: 'EACCES',
  })
})

test("the script's interpreter is missing", async () => {
  const { failure } = await failToStart((dir) => ({
    argv: [file(dir, { text: '#!/no/such/interpreter -x\n', mode: 0o755 })],
  }))
  expect(failure).toMatchObject({ stage: 'lookup', errno: 'ENOENT' })
  expect(failure?.message).toContain('/no/such/interpreter')
})

test('the script has no #! line', async () => {
  const { failure } = await failToStart((dir) => ({
    argv: [file(dir, { text: 'echo hello\n', mode: 0o755 })],
  }))
  expect(failure).toMatchObject({ stage: 'exec', errno: 'ENOEXEC' })
  expect(failure?.message).toContain('#!')
})

test('the arguments are too long for the kernel', async () => {
  const { failure } = await failToStart(() => ({ argv: ['true', 'x'.repeat(200_000)] }))
  expect(failure).toMatchObject({ stage: 'exec', errno: 'E2BIG' })
})

test('a terminal run that cannot start fails in the same way', async () => {
  const { failure } = await failToStart(() => ({
    argv: ['no-such-command-anywhere'],
    pty: { rows: 24, cols: 80 },
  }))
  expect(failure).toMatchObject({ stage: 'lookup', errno: 'ENOENT' })
})

test('a run with a stdin pipe that cannot start fails in the same way', async () => {
  const { failure } = await failToStart(() => ({ argv: ['no-such-command-anywhere'], stdin: 'pipe' }))
  expect(failure).toMatchObject({ stage: 'lookup', errno: 'ENOENT' })
})
