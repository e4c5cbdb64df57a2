import { expect, test } from 'bun:test'
import type { Birth } from '../protocol/descriptors.ts'
import { findLeader, type LeaderLook } from './find-leader.ts'

type Candidate = LeaderLook['candidates'][number]

const born = (change: Partial<Candidate> = {}): Candidate => ({
  pid: 500,
  command: 'sh',
  state: 'S',
  ppid: 10,
  session: 500,
  ttyNumber: 0,
  cpuTicks: 0,
  waitStatus: 0,
  startTicks: 1_000,
  rssPages: 1,
  isOrphan: true,
  isOwn: false,
  isForking: false,
  isMarked: true,
  isOfAnotherRun: false,
  ...change,
})
const look = (...candidates: Candidate[]): LeaderLook => ({ earliestTicks: 900, candidates })
const birth = (change: Partial<Birth> = {}): Birth => ({
  leader: null,
  notLaunched: false,
  fromStart: true,
  taken: [],
  list: [],
  ...change,
})
const ended = { pid: 500, session: 500, startTicks: 1_000, code: 9, signal: null, coreDumped: false }

test('one that lived when it was looked for is known, though it has ended since and is not in the answer', () => {
  expect(findLeader(look(born()), birth())).toMatchObject({ kind: 'known', leader: { pid: 500 } })
})

test('one that has ended between the look and the answer is known by its end', () => {
  for (const isMarked of [true, false]) {
    const found = findLeader(look(born({ isMarked })), birth({ list: [ended] }))
    expect(found).toMatchObject({ kind: 'ended', leader: { pid: 500 }, end: { code: 9 } })
  }
})

test('a zombie that is not reaped yet and a child between fork and exec are waited for', () => {
  expect(findLeader(look(born({ state: 'Z', isMarked: false })), birth())).toEqual({ kind: 'not_yet' })
  const forking = born({ isForking: true, isOwn: true, session: 10 })
  expect(findLeader(look(forking), birth())).toEqual({ kind: 'not_yet' })
})

test('what stays as it is is not waited for: zombies of another parent, keepers of other homes', () => {
  const zombie = born({ pid: 7, session: 7, state: 'Z', isMarked: false })
  const keeper = born({ pid: 8, session: 8, isForking: true, isOwn: true, isMarked: false })
  const found = findLeader(look(zombie, born()), birth({ fromStart: false }))
  expect(found).toMatchObject({ kind: 'known', leader: { pid: 500 } })
  expect(findLeader(look(keeper, born()), birth({ fromStart: false }))).toEqual({ kind: 'not_yet' })
  expect(findLeader(look(keeper, born()), birth({ fromStart: false }), { isPatient: false })).toMatchObject({
    kind: 'known',
    leader: { pid: 500 },
  })
})

test('nobody, and an anchor that was there all the time: it never was', () => {
  expect(findLeader(look(), birth())).toEqual({ kind: 'never_started' })
  expect(findLeader(look(born({ pid: 501, session: 501 })), birth({ taken: [501] }))).toEqual({
    kind: 'never_started',
  })
  expect(findLeader(look(), birth({ fromStart: false }))).toMatchObject({ kind: 'unknown' })
})

test('two that fit: nobody can know', () => {
  const other = born({ pid: 501, session: 501 })
  expect(findLeader(look(born(), other), birth())).toMatchObject({ kind: 'unknown' })
  const unmarked = born({ isMarked: false })
  expect(findLeader(look(unmarked), birth())).toMatchObject({ kind: 'unknown' })
  expect(findLeader(look(born({ isMarked: false, isOfAnotherRun: true })), birth())).toEqual({
    kind: 'never_started',
  })
})
