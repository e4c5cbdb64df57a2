import { afterEach, beforeEach, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEventsForWriting, type EventStore } from '../../store/events/open-events.ts'
import { jobDir, runDir, type Home } from '../../store/layout.ts'
import { EventHub } from '../events/event-hub.ts'
import { JOB, OUTCOME, STATE } from '../fixtures/records.ts'
import { JobTable } from '../jobs/job-table.ts'
import { ExpiredIds } from './expired-ids.ts'
import { RetentionSweep } from './retention-sweep.ts'

const MAX_JOBS = 20
let home: Home
let store: EventStore
let jobs: JobTable
let sweep: RetentionSweep
const forgotten: string[] = []

beforeEach(() => {
  const dir = mkdtempSync(join(tmpdir(), 'fettle-sweep-'))
  mkdirSync(join(dir, 'jobs'))
  home = { config: dir, state: dir, runtime: dir, hostId: 'host' }
  store = openEventsForWriting(home)
  jobs = new JobTable(home)
  forgotten.length = 0
  sweep = new RetentionSweep({
    home,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    hub: new EventHub({ store, ownerOf: () => JOB.owner, noticesOf: () => [], onListenerError: () => {} }),
    jobs,
    limits: { maxAgeMs: 3_600_000, maxJobs: MAX_JOBS, maxBytes: 1e9 },
    expired: new ExpiredIds(home),
    onExpired: ({ job }) => forgotten.push(job.id),
  })
})
afterEach(() => {
  sweep.close()
  store[Symbol.dispose]()
  rmSync(home.state, { recursive: true })
})

const idOf = (number: number): string => `proc_${String(number).padStart(12, '0')}`

/** Jobs that have ended, the one with the lowest number first. */
function endJobs(from: number, to: number): void {
  for (let number = from; number < to; number++) {
    const id = idOf(number)
    mkdirSync(runDir(home, id, 1), { recursive: true })
    writeFileSync(join(runDir(home, id, 1), 'spec.json'), '{}')
    const outcome = { ...OUTCOME, endedAtMs: Date.now() - 60_000 + number }
    jobs.load({ ...JOB, id }, { n: 1, state: STATE, outcome, isReady: true, notReady: null })
  }
}

async function untilSize(size: number): Promise<void> {
  const endsAt = performance.now() + 10_000
  while (jobs.size !== size) {
    if (performance.now() > endsAt) throw new Error(`waited for ${size} jobs, there are ${jobs.size}`)
    await Bun.sleep(2)
  }
}

test('those that finished first go, and again when more have ended: the next regular time is far off', async () => {
  endJobs(0, 150)
  sweep.ring(0)
  await untilSize(MAX_JOBS)
  expect(jobs.get(idOf(129))).toBeUndefined()
  expect(jobs.get(idOf(130))).toBeDefined()
  expect(existsSync(jobDir(home, idOf(0)))).toBe(false)
  expect(existsSync(jobDir(home, idOf(149)))).toBe(true)

  endJobs(150, 160)
  sweep.ring(0)
  await untilSize(MAX_JOBS)
  expect(jobs.get(idOf(139))).toBeUndefined()
  expect(forgotten).toHaveLength(140)
})
