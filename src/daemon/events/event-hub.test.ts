import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FettleEvent } from '../../core/events/event.ts'
import { openEventsForWriting, type EventStore } from '../../store/events/open-events.ts'
import { JOB, OUTCOME, STATE } from '../fixtures/records.ts'
import { COMPLETION_KINDS, noticesOf } from '../notify/notices.ts'
import { EventHub } from './event-hub.ts'
import { eventsOfOutcome, eventsOfState, jobCreated } from './run-events.ts'

const REF = { jobId: JOB.id, run: 1 }
let dir = ''
let store: EventStore
let told: FettleEvent[] = []

const makeHub = (): EventHub => {
  const hub = new EventHub({
    store,
    ownerOf: () => JOB.owner,
    noticesOf: (event) =>
      noticesOf(event, {
        job: () => JOB,
        outcome: () => OUTCOME,
        outputEnd: () => ({ text: 'the end', earlierBytes: 0, droppedBytes: 0 }),
        suppressedLines: () => 0,
      }),
    onListenerError: (error) => {
      throw error
    },
  })
  hub.listen((events) => told.push(...events))
  return hub
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fettle-hub-'))
  store = openEventsForWriting({ state: dir })
  told = []
})
afterEach(() => {
  store[Symbol.dispose]()
  rmSync(dir, { recursive: true })
})

test('what a new daemon works out again from the same files adds nothing, and is told to nobody', () => {
  const events = [
    jobCreated(JOB, 'owner:agent-a'),
    ...eventsOfState(REF, STATE),
    ...eventsOfOutcome(REF, OUTCOME, null),
  ]
  const first = makeHub().record(...events)
  expect(told.map(({ kind }) => kind)).toEqual(['job_created', 'run_started', 'run_ended'])
  told = []
  const again = makeHub().record(...events)
  expect(told).toEqual([])
  expect(again.map(({ seq }) => seq)).toEqual(first.map(({ seq }) => seq))
  expect(store.bounds().last).toBe(3)
  expect(store.notices.pending({ owner: JOB.owner, limit: 10 })).toHaveLength(1)
})

test('an event and the step that belongs to it happen together or not at all', () => {
  const hub = makeHub()
  const cursor = { jobId: JOB.id, run: 1, stream: 'out' as const, offset: 7, state: {} }
  expect(() =>
    hub.recordWith(eventsOfOutcome(REF, OUTCOME, null), () => {
      store.watchCursors.write(cursor)
      throw new Error('killed here')
    }),
  ).toThrow('killed here')
  expect(store.bounds().last).toBe(0)
  expect(store.watchCursors.read(cursor)).toBeNull()
  expect(told).toEqual([])
  hub.recordWith(eventsOfOutcome(REF, OUTCOME, null), () => store.watchCursors.write(cursor))
  expect(store.watchCursors.read(cursor)?.offset).toBe(7)
})

test('a completion received by its owner through wait is not told again; one that was polled is, outside its own turn', () => {
  const hub = makeHub()
  hub.record(...eventsOfOutcome(REF, OUTCOME, null))
  const { notices } = store
  const filter = { jobId: JOB.id, kinds: COMPLETION_KINDS }
  notices.markPolled(JOB.owner, filter)
  expect(notices.pending({ owner: JOB.owner, limit: 10, withoutPolled: true })).toHaveLength(0)
  expect(notices.pending({ owner: JOB.owner, limit: 10 })).toHaveLength(1)
  notices.consume(JOB.owner, filter)
  expect(notices.pending({ owner: JOB.owner, limit: 10 })).toHaveLength(0)
})

test('a completion is told in words, with the output fenced', () => {
  makeHub().record(...eventsOfOutcome(REF, OUTCOME, null))
  const [notice] = store.notices.pending({ owner: JOB.owner, limit: 10 })
  expect(notice?.text).toContain('completed normally (exit code 0)')
  expect(notice?.text).toContain('untrusted data')
})

test('causes of an end come before it, with the times of the files', () => {
  const intent = { reason: 'timed_out', actor: 'keeper', graceMs: 2_000, atMs: 1_900, monoMs: 900 } as const
  const events = eventsOfState(REF, { ...STATE, keeperGeneration: 3, intent })
  expect(events.map(({ kind, atMs }) => [kind, atMs])).toEqual([
    ['run_started', 1_100],
    ['keeper_replaced', 1_100],
    ['limit_breached', 1_900],
  ])
})
