import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ExpiredIds } from './expired-ids.ts'

test('an id that was let go is known after a restart; the oldest of very many are not', () => {
  const state = mkdtempSync(join(tmpdir(), 'fettle-expired-'))
  const home = { state, config: state, runtime: state, hostId: 'h' }
  const id = (n: number): string => `proc_${n.toString(16).padStart(12, '0')}`
  const ids = new ExpiredIds(home)
  for (let n = 0; n < 20_050; n++) ids.add(id(n))
  const next = new ExpiredIds(home)
  expect([next.has(id(20_049)), next.has(id(11_000)), next.has(id(5))]).toEqual([true, true, false])
  expect(next.has('proc_ffffffffffff')).toBe(false)
  rmSync(state, { recursive: true })
})
