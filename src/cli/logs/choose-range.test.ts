import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeOutput } from '../../store/fixtures/output.ts'
import { openOutput } from '../../store/output/output-reader.ts'
import { chooseRange, type RangeWish } from './choose-range.ts'

let dir = ''

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fettle-range-'))
})

afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

test('lines are not looked for without end, and that is said', () => {
  writeOutput(dir, [`${'x'.repeat(10_000)}\n`, 'last\n'])
  const source = { dir, stream: 'out' } as const
  const choose = (wish: RangeWish) => {
    using reader = openOutput(source)
    return chooseRange(reader, source, wish, 1000)
  }
  expect(choose({ kind: 'tail', lines: 1 })).toMatchObject({ from: 10_001, note: null, bounded: false })
  expect(choose({ kind: 'tail', lines: 2 })).toMatchObject({ from: 10_001, bounded: true })
  expect(choose({ kind: 'tail', lines: 2 }).note).toBe(
    '1 of these lines are in the last 1000 bytes; --all shows everything',
  )
  expect(choose({ kind: 'head', lines: 1 })).toMatchObject({ to: 1000, bounded: true })
  expect(choose({ kind: 'head', lines: 1 }).note).toContain('--from 1000 goes on')
})
