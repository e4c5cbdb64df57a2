import { expect, test } from 'bun:test'
import type { RunStateName } from './state.ts'
import { type RunEventKind, isFinished, transition } from './transition.ts'

const STATES: readonly RunStateName[] = [
  'starting',
  'running',
  'stopping',
  'exited',
  'failed_to_start',
  'lost',
]
const EVENTS: readonly RunEventKind[] = [
  'spawned',
  'start_failed',
  'stop_asked',
  'leader_ended',
  'set_empty',
  'leftovers_accepted',
  'status_unknown',
  'keeper_replaced',
]

function walk(events: readonly RunEventKind[]): RunStateName {
  let state: RunStateName = 'starting'
  for (const event of events) {
    const cell = transition(state, event)
    if (cell.kind === 'moved') state = cell.next
  }
  return state
}

test('the usual lives', () => {
  expect(walk(['spawned'])).toBe('running')
  expect(walk(['spawned', 'leader_ended', 'set_empty'])).toBe('exited')
  expect(walk(['spawned', 'stop_asked', 'leader_ended', 'set_empty'])).toBe('exited')
  expect(walk(['start_failed'])).toBe('failed_to_start')
  expect(walk(['spawned', 'status_unknown'])).toBe('lost')
  expect(walk(['spawned', 'leader_ended', 'leftovers_accepted'])).toBe('exited')
})

test('a stop during the start: what is born is stopped, what is not has failed to start', () => {
  expect(transition('stopping', 'spawned')).toEqual({
    kind: 'stayed',
    effects: ['write_state', 'begin_stop'],
  })
  expect(walk(['stop_asked', 'spawned', 'leader_ended', 'set_empty'])).toBe('exited')
  expect(walk(['stop_asked', 'start_failed'])).toBe('failed_to_start')
})

test('nothing leaves an end, lost least of all', () => {
  for (const state of STATES.filter(isFinished)) {
    for (const event of EVENTS) expect(transition(state, event)).toEqual({ kind: 'ignored', why: 'finished' })
  }
})

test('whatever the order of events, each step is one of the life and written before it is taken', () => {
  const rank: Record<RunStateName, number> = {
    starting: 0,
    running: 1,
    stopping: 2,
    exited: 3,
    failed_to_start: 3,
    lost: 3,
  }
  for (const state of STATES) {
    for (const event of EVENTS) {
      const cell = transition(state, event)
      if (cell.kind !== 'moved') continue
      expect(rank[cell.next]).toBeGreaterThan(rank[state])
      expect(cell.effects[0]).toBe('write_state')
      expect(cell.effects.includes('write_outcome')).toBe(isFinished(cell.next))
    }
  }
})

test('exited needs the end of the set or leave for what is left', () => {
  for (const state of STATES) {
    for (const event of EVENTS) {
      const cell = transition(state, event)
      if (cell.kind === 'moved' && cell.next === 'exited') {
        expect(['set_empty', 'leftovers_accepted']).toContain(event)
      }
    }
  }
})
