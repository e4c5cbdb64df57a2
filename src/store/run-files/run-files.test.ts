import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FettleError } from '../../core/errors.ts'
import { makeJob, makeOutcome, makeSpec, makeState } from '../fixtures/records.ts'
import { parseJob, readJob, writeJob } from './job.ts'
import { parseLedger, readLedger, writeLedger } from './ledger.ts'
import { parseOutcome, readOutcome, writeOutcome } from './outcome.ts'
import { parseReaped, readReaped, writeReaped } from './reaped.ts'
import { parseSpec, readSpec, writeSpec } from './spec.ts'
import { parseState, readState, writeState } from './state.ts'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fettle-records-'))
})

afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

const at = (name: string): string => join(dir, name)

test('what is written is what is read', () => {
  writeSpec(at('spec'), makeSpec())
  writeState(at('state'), makeState())
  writeJob(at('job'), makeJob())
  expect(writeOutcome(at('outcome'), makeOutcome())).toBe(true)
  expect(readSpec(at('spec'))).toMatchObject(makeSpec())
  expect(readState(at('state'))).toMatchObject(makeState())
  expect(readJob(at('job'))).toMatchObject(makeJob())
  expect(readOutcome(at('outcome'))).toMatchObject(makeOutcome())
  const ledger = {
    format: 1,
    hostId: 'h',
    bootId: 'b',
    members: [{ pid: 1, startTicks: 2 }],
    updatedAtMs: 3,
  } as const
  writeLedger(at('ledger'), ledger)
  expect(readLedger(at('ledger'))).toEqual(ledger)
  const reaped = {
    format: 1,
    hostId: 'h',
    leader: { bootId: 'b', pid: 1, startTicks: 2 },
    code: null,
    signal: 'SIGSEGV',
    coreDumped: true,
    cpuMs: 1.5,
    maxRssBytes: null,
    reapedAtMs: 4,
  } as const
  expect(writeReaped(at('reaped'), reaped)).toBe(true)
  expect(readReaped(at('reaped'))).toEqual(reaped)
})

test('an outcome is never rewritten', () => {
  writeOutcome(at('outcome'), makeOutcome())
  expect(writeOutcome(at('outcome'), { ...makeOutcome(), code: 7 })).toBe(false)
  expect(readOutcome(at('outcome'))?.code).toBe(0)
})

test('absent is null', () => {
  expect(readState(at('none'))).toBe(null)
  expect(readJob(at('none'))).toBe(null)
})

test('each kind of readiness, and optional parts', () => {
  const kinds = [
    { kind: 'output', pattern: 'up', timeoutMs: 1 },
    { kind: 'port', port: 80, timeoutMs: 1 },
    { kind: 'http', url: 'http://x', timeoutMs: 1 },
    { kind: 'file', path: '/x', timeoutMs: 1 },
    { kind: 'command', argv: ['true'], timeoutMs: 1 },
  ] as const
  for (const readiness of kinds) {
    const spec = {
      ...makeSpec(),
      readiness,
      pty: { rows: 24, cols: 80 },
      after: [{ job: 'db', condition: 'ready' as const }],
    }
    expect(parseSpec(JSON.stringify(spec))).toEqual(spec)
  }
})

test('unknown fields pass, a greater format does not', () => {
  const read = parseState(JSON.stringify({ ...makeState(), later: { x: 1 } }))
  expect(read).toMatchObject(makeState())
  expect(read).not.toHaveProperty('later')
  expect(codeOf(() => parseState(JSON.stringify({ ...makeState(), format: 2 })))).toBe('store_newer')
  expect(codeOf(() => parseState(JSON.stringify({ ...makeState(), format: 0 })))).toBe('store_damaged')
})

test('damage names the field and the file, never a value', () => {
  const spec = { ...makeSpec(), argv: ['token=hunter2', 7] }
  writeFileSync(at('spec.json'), JSON.stringify(spec))
  const error = errorOf(() => readSpec(at('spec.json')))
  expect(error.code).toBe('store_damaged')
  expect(error.message).toContain(at('spec.json'))
  expect(error.message).toContain('argv')
  expect(error.message).not.toContain('hunter2')
  for (const text of ['', '{', 'null', '[]', '"x"', '{}']) {
    for (const parse of [parseSpec, parseState, parseJob, parseOutcome, parseLedger, parseReaped]) {
      expect(codeOf(() => parse(text))).toBe('store_damaged')
    }
  }
})

test('every field that is missing or of another type is damage, and nothing but FettleError is thrown', () => {
  const records = [
    [makeSpec(), parseSpec],
    [makeState(), parseState],
    [makeJob(), parseJob],
    [makeOutcome(), parseOutcome],
  ] as const
  for (const [record, parse] of records) {
    for (const key of Object.keys(record)) {
      for (const value of [undefined, {}, 'no such name', -1, [[]]]) {
        try {
          parse(JSON.stringify({ ...record, [key]: value }))
        } catch (error) {
          expect(error).toBeInstanceOf(FettleError)
        }
      }
    }
  }
})

test('an id that could leave the folder is damage', () => {
  expect(codeOf(() => parseJob(JSON.stringify({ ...makeJob(), id: '../../etc' })))).toBe('store_damaged')
})

function errorOf(action: () => unknown): FettleError {
  try {
    action()
  } catch (error) {
    if (error instanceof FettleError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

function codeOf(action: () => unknown): string {
  return errorOf(action).code
}
