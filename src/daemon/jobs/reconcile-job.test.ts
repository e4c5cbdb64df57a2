import { expect, test } from 'bun:test'
import { JOB, OUTCOME, STATE } from '../fixtures/records.ts'
import { reconcileJob } from './reconcile-job.ts'

const nothing = { state: null, outcome: null, isOutcomeWritten: false, isHeld: false }

test('each thing a new daemon can find has its step', () => {
  const job = { ...JOB, runs: 1 }
  expect(reconcileJob({ ...nothing, job: { ...JOB, runs: 0 } }).kind).toBe('wait')
  expect(reconcileJob({ ...nothing, job }).kind).toBe('never_started')
  expect(reconcileJob({ ...nothing, job, isHeld: true }).kind).toBe('attach')
  expect(reconcileJob({ ...nothing, job, state: STATE }).kind).toBe('attach')
  const ended = { ...nothing, job, state: STATE, outcome: OUTCOME }
  expect(reconcileJob({ ...ended, isOutcomeWritten: true })).toEqual({
    kind: 'ended',
    outcome: OUTCOME,
    write: false,
  })
  // Concluded from another boot's state: it is written down now.
  expect(reconcileJob(ended)).toEqual({ kind: 'ended', outcome: OUTCOME, write: true })
})
