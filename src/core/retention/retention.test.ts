import { expect, test } from 'bun:test'
import { DEFAULT_RETENTION, type FinishedJob, type RetentionLimits, selectExpired } from './retention.ts'

const MINUTE = 60_000

function jobs(count: number, rest: Partial<FinishedJob> = {}): FinishedJob[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `job${String(i).padStart(3, '0')}`,
    finishedAtMs: 1_000_000 + i,
    bytes: 10,
    held: false,
    ...rest,
  }))
}

function ask(finished: readonly FinishedJob[], limits: Partial<RetentionLimits> = {}, liveJobs = 0) {
  const nowMs = 1_000_000 + MINUTE
  return selectExpired({ finished, liveJobs, limits: { ...DEFAULT_RETENTION, ...limits }, nowMs })
}

test('age counts from the finish: readable a minute after, gone after 31', () => {
  const finished = jobs(1, { finishedAtMs: 0 })
  const at = (nowMs: number) => selectExpired({ finished, liveJobs: 0, limits: DEFAULT_RETENTION, nowMs })
  expect(at(MINUTE)).toEqual([])
  expect(at(30 * MINUTE)).toEqual([])
  expect(at(31 * MINUTE)).toEqual([{ id: 'job000', why: 'age' }])
})

test('65 finished beside one living: back to 64 in all, oldest first', () => {
  expect(ask(jobs(65), {}, 1).map((job) => job.id)).toEqual(['job000', 'job001'])
})

test('many living jobs do not push the finished out at once', () => {
  expect(ask(jobs(16), {}, 500)).toEqual([])
  expect(ask(jobs(17), {}, 500)).toEqual([{ id: 'job000', why: 'count' }])
})

test('bytes: the oldest that hold some go until it fits', () => {
  const [first, ...rest] = jobs(4)
  if (first === undefined) throw new Error('no job')
  expect(ask([{ ...first, bytes: 0 }, ...rest], { maxBytes: 15 })).toEqual([
    { id: 'job001', why: 'bytes' },
    { id: 'job002', why: 'bytes' },
  ])
})

test('what is held stays, what has no known finish has no age', () => {
  expect(ask(jobs(3, { held: true, finishedAtMs: -1e12 }), { maxBytes: 0 })).toEqual([])
  expect(ask(jobs(1, { finishedAtMs: null }))).toEqual([])
})

test('one job larger than all the room stays until another has finished', () => {
  const [first, second] = jobs(2, { bytes: 9e12 })
  if (first === undefined || second === undefined) throw new Error('no job')
  expect(ask([first])).toEqual([])
  expect(ask([first, second])).toEqual([{ id: 'job000', why: 'bytes' }])
})
