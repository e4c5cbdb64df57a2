import { expect, test } from 'bun:test'
import { EVENT_KINDS, isEventKind, parseEvent } from './event.ts'

const EVENT = {
  seq: 7,
  atMs: 1000,
  kind: 'run_ended',
  jobId: 'proc_0123456789ab',
  run: 1,
  actor: 'keeper',
  causeSeq: null,
  data: { code: 0 },
} as const

test('each kind is listed once and recognised', () => {
  expect(new Set(EVENT_KINDS).size).toBe(EVENT_KINDS.length)
  for (const kind of EVENT_KINDS) expect(isEventKind(kind)).toBe(true)
  expect(isEventKind('toString')).toBe(false)
})

test('an event survives a round trip through JSON', () => {
  expect(parseEvent(JSON.parse(JSON.stringify(EVENT)))).toEqual(EVENT)
})

test('a kind of a later version or a damaged event is null', () => {
  expect(parseEvent({ ...EVENT, kind: 'run_teleported' })).toBeNull()
  expect(parseEvent({ ...EVENT, causeSeq: '3' })).toBeNull()
  expect(parseEvent({ ...EVENT, data: [] })).toBeNull()
  expect(parseEvent(null)).toBeNull()
})
