import { expect, test } from 'bun:test'
import { chooseBudgetSteps, type HeldOutput } from './budgets.ts'

const held = (jobId: string, bytes: number, change: Partial<HeldOutput> = {}): HeldOutput => ({
  jobId,
  run: 1,
  owner: 'ann',
  bytes,
  kind: 'living',
  endedAtMs: null,
  isHeld: false,
  ...change,
})
const finished = (jobId: string, bytes: number, endedAtMs: number): HeldOutput =>
  held(jobId, bytes, { kind: 'finished', endedAtMs })

test('within its budget nothing goes', () => {
  expect(chooseBudgetSteps([held('a', 10)], { ownerOutputBytes: 10, hostOutputBytes: null })).toEqual([])
  expect(chooseBudgetSteps([held('a', 10)], { ownerOutputBytes: null, hostOutputBytes: null })).toEqual([])
})

test('what is over goes first, oldest end first; then who holds most', () => {
  const all = [held('loud', 70), held('quiet', 5), finished('new', 20, 2), finished('old', 20, 1)]
  expect(chooseBudgetSteps(all, { ownerOutputBytes: 100, hostOutputBytes: null })).toEqual([
    { kind: 'expire', jobId: 'old', run: 1, bytes: 20 },
  ])
  expect(chooseBudgetSteps(all, { ownerOutputBytes: 45, hostOutputBytes: null })).toEqual([
    { kind: 'expire', jobId: 'old', run: 1, bytes: 20 },
    { kind: 'expire', jobId: 'new', run: 1, bytes: 20 },
    { kind: 'trim', jobId: 'loud', run: 1, keepBytes: 40 },
  ])
})

test('an end that was not told is kept, an earlier run of a living job is not', () => {
  const all = [
    { ...finished('untold', 50, 1), isHeld: true },
    held('again', 30, { kind: 'earlier', endedAtMs: 5 }),
    held('again', 40, { run: 2 }),
  ]
  expect(chooseBudgetSteps(all, { ownerOutputBytes: 80, hostOutputBytes: null })).toEqual([
    { kind: 'drop_run', jobId: 'again', run: 1, bytes: 30 },
    { kind: 'trim', jobId: 'again', run: 2, keepBytes: 30 },
  ])
})

test('one owner does not pay for another; the host has its own budget, and each run is trimmed once', () => {
  const all = [held('a', 60), held('b', 60, { owner: 'bob' })]
  expect(chooseBudgetSteps(all, { ownerOutputBytes: 50, hostOutputBytes: 80 })).toEqual([
    { kind: 'trim', jobId: 'b', run: 1, keepBytes: 50 },
    { kind: 'trim', jobId: 'a', run: 1, keepBytes: 30 },
  ])
})
