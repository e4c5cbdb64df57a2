import { afterEach, beforeEach, expect, test } from 'bun:test'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { currentUid, ensurePrivateDir, whyNotPrivate } from './ensure-private-dir.ts'

let base: string

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'fettle-dir-'))
})

afterEach(() => {
  rmSync(base, { recursive: true, force: true })
})

test('makes the folder and its missing parents 0700, whatever the umask', () => {
  const before = process.umask(0o277)
  try {
    ensurePrivateDir(join(base, 'a'))
  } finally {
    process.umask(before)
  }
  expect(lstatSync(join(base, 'a')).mode & 0o777).toBe(0o700)
  ensurePrivateDir(join(base, 'b/c/d'))
  expect(lstatSync(join(base, 'b')).mode & 0o777).toBe(0o700)
  ensurePrivateDir(join(base, 'b/c/d'))
})

test('refuses a wide mode, a link, a file, and another owner', () => {
  mkdirSync(join(base, 'wide'))
  chmodSync(join(base, 'wide'), 0o710)
  mkdirSync(join(base, 'ours'), { mode: 0o700 })
  symlinkSync('ours', join(base, 'link'))
  writeFileSync(join(base, 'file'), '')
  for (const name of ['wide', 'link', 'file']) {
    expect(() => ensurePrivateDir(join(base, name))).toThrow('Cannot use')
  }
  expect(whyNotPrivate(join(base, 'wide'))).toBe('its mode is 0710')
  if (currentUid() !== 0) return
  chownSync(join(base, 'ours'), 12_345, 12_345)
  expect(() => ensurePrivateDir(join(base, 'ours'))).toThrow('belongs to uid 12345')
})

test('a parent that is a file is an error that names the path', () => {
  writeFileSync(join(base, 'file'), '')
  expect(() => ensurePrivateDir(join(base, 'file/x'))).toThrow(join(base, 'file/x'))
})
