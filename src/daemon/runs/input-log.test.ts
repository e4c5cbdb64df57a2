import { afterEach, beforeEach, expect, test } from 'bun:test'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runPaths } from '../../store/layout.ts'
import { InputLog } from './input-log.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fettle-input-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true })
})

const bytes = (text: string): Uint8Array => Buffer.from(text)
const content = (): string => readFileSync(runPaths(dir).inputLog, 'utf8')

test('a resend of the newest input is recognised, by this daemon and by the next', () => {
  const log = new InputLog(runPaths(dir))
  expect(log.accept({ client: 'a', seq: 1, bytes: bytes('one\n') })).toEqual({
    acceptedBytes: 4,
    at: 0,
    duplicate: false,
  })
  expect(log.accept({ client: 'a', seq: 1, bytes: bytes('one\n') }).duplicate).toBe(true)
  log.accept({ client: 'b', seq: 1, bytes: bytes('two\n') })
  log.dispose()
  const next = new InputLog(runPaths(dir))
  expect(next.accept({ client: 'a', seq: 1, bytes: bytes('one\n') })).toEqual({
    acceptedBytes: 4,
    at: 0,
    duplicate: true,
  })
  expect(content()).toBe('one\ntwo\n')
  next.dispose()
})

test('killed between journal and bytes, or in the midst of the bytes, a resend appends what is missing', () => {
  for (const written of [0, 1, 5, 6]) {
    const log = new InputLog(runPaths(dir))
    log.accept({ client: 'a', seq: written, bytes: bytes('abcdef') })
    log.dispose()
    const before = content().length - 6
    truncateSync(runPaths(dir).inputLog, before + written)
    const next = new InputLog(runPaths(dir))
    expect(next.accept({ client: 'a', seq: written, bytes: bytes('abcdef') }).duplicate).toBe(written === 6)
    expect(content().slice(before)).toBe('abcdef')
    next.dispose()
  }
})

test('a journal line cut off by a SIGKILL announces nothing', () => {
  appendFileSync(runPaths(dir).inputJournal, '{"client":"a","seq":1,"fr')
  const log = new InputLog(runPaths(dir))
  expect(log.newestSeq('a')).toBe(-1)
  log.accept({ client: 'a', seq: 1, bytes: bytes('x') })
  log.dispose()
  const next = new InputLog(runPaths(dir))
  expect(next.accept({ client: 'a', seq: 1, bytes: bytes('x') }).duplicate).toBe(true)
  next.dispose()
})

test('the same number for other bytes is refused', () => {
  const log = new InputLog(runPaths(dir))
  log.accept({ client: 'a', seq: 1, bytes: bytes('x') })
  expect(() => log.accept({ client: 'a', seq: 1, bytes: bytes('longer') })).toThrow('had 1 bytes before')
  log.dispose()
})

test('an input cut off by a SIGKILL keeps its rest though another came in between', () => {
  const log = new InputLog(runPaths(dir))
  log.accept({ client: 'a', seq: 1, bytes: bytes('abcdef') })
  log.dispose()
  truncateSync(runPaths(dir).inputLog, 2)
  const second = new InputLog(runPaths(dir))
  second.accept({ client: 'b', seq: 1, bytes: bytes('XYZ') })
  second.dispose()
  const third = new InputLog(runPaths(dir))
  expect(third.accept({ client: 'a', seq: 1, bytes: bytes('abcdef') }).duplicate).toBe(false)
  expect(third.accept({ client: 'b', seq: 1, bytes: bytes('XYZ') }).duplicate).toBe(true)
  third.dispose()
  const fourth = new InputLog(runPaths(dir))
  expect(fourth.accept({ client: 'a', seq: 1, bytes: bytes('abcdef') }).duplicate).toBe(true)
  expect(content()).toBe('abXYZcdef')
  fourth.dispose()
})
