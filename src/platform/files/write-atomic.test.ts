import { afterEach, beforeEach, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isErrno } from './errno.ts'
import { createAtomic, readTextFile, writeAtomic } from './write-atomic.ts'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fettle-atomic-'))
})

afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

test('replaces a file as a whole, 0600, and leaves nothing beside it', () => {
  const path = join(dir, 'x.json')
  writeAtomic(path, 'one')
  writeAtomic(path, Buffer.from('two'), { fsync: true })
  expect(readFileSync(path, 'utf8')).toBe('two')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(dir)).toEqual(['x.json'])
})

test('a failed write leaves the old content and nothing beside it', () => {
  const path = join(dir, 'folder')
  mkdirSync(join(path, 'not-empty'), { recursive: true })
  expect(() => writeAtomic(path, 'x')).toThrow()
  expect(readdirSync(dir)).toEqual(['folder'])
})

test('only the first one creates', () => {
  const path = join(dir, 'once')
  expect(createAtomic(path, 'first', { fsync: true })).toBe(true)
  expect(createAtomic(path, 'second')).toBe(false)
  expect(readTextFile(path)).toBe('first')
  expect(readdirSync(dir)).toEqual(['once'])
})

test('an absent file is null, an unreadable one is an error', () => {
  expect(readTextFile(join(dir, 'none'))).toBe(null)
  expect(readTextFile(join(dir, 'none/deeper'))).toBe(null)
  mkdirSync(join(dir, 'folder'))
  expect(() => readTextFile(join(dir, 'folder'))).toThrow()
})

test('errors are told by their code', () => {
  chmodSync(dir, 0o700)
  try {
    readFileSync(join(dir, 'none'))
  } catch (error) {
    expect(isErrno(error, 'EACCES', 'ENOENT')).toBe(true)
    expect(isErrno(error, 'EACCES')).toBe(false)
  }
  expect(isErrno('ENOENT', 'ENOENT')).toBe(false)
})
