import { expect, test } from 'bun:test'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { appendFact, readFacts } from './facts.ts'

test('facts are read back in order, without a torn last line', () => {
  const dir = mkdtempSync(join(tmpdir(), 'facts-'))
  const path = join(dir, 'facts.jsonl')
  expect(readFacts(path)).toEqual([])
  const facts = [
    { n: 0, atMs: 1, kind: 'signal_sent', data: { signal: 'SIGUSR1' } },
    { n: 1, atMs: 2, kind: 'output_dropped', data: { bytes: 7 } },
  ]
  for (const fact of facts) appendFact(path, fact)
  appendFileSync(path, '{"n":2,"atMs":3,"ki')
  expect(readFacts(path)).toEqual(facts)
  const next = { n: 2, atMs: 4, kind: 'disk_full', data: {} }
  appendFact(path, next)
  expect(readFacts(path)).toEqual([...facts, next])
  rmSync(dir, { recursive: true })
})
