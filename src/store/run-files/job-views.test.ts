import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job } from '../../core/job/job.ts'
import { bootId } from '../../platform/boot-id.ts'
import { writeOutput } from '../fixtures/output.ts'
import { makeJob, makeOutcome, makeState } from '../fixtures/records.ts'
import { jobDir, jobFile, runDir, runPaths } from '../layout.ts'
import { listJobViews, readJobView } from './job-views.ts'
import { writeJob } from './job.ts'
import { listJobs } from './list-jobs.ts'
import { observeState } from './observe-state.ts'
import { writeOutcome } from './outcome.ts'
import { writeState } from './state.ts'

let home: { state: string; hostId: string }

beforeEach(() => {
  home = { state: mkdtempSync(join(tmpdir(), 'fettle-jobs-')), hostId: 'host' }
})

afterEach(() => {
  rmSync(home.state, { recursive: true, force: true })
})

function addJob(n: number, more: Partial<Job> = {}): Job {
  const job = { ...makeJob(), id: `proc_${String(n).padStart(12, '0')}`, createdAtMs: n, ...more }
  mkdirSync(jobDir(home, job.id), { recursive: true })
  writeJob(jobFile(home, job.id), job)
  for (let run = 1; run <= job.runs; run++) mkdirSync(runDir(home, job.id, run), { recursive: true })
  return job
}

test('a home that is not there is empty', () => {
  expect(listJobs({ state: join(home.state, 'none'), hostId: 'host' })).toEqual({ jobs: [], damaged: [] })
})

test('jobs are listed oldest first, and one that is damaged is set aside alone', () => {
  addJob(2)
  addJob(1)
  const broken = addJob(3)
  writeFileSync(jobFile(home, broken.id), '{"format":1,')
  const later = addJob(4)
  writeFileSync(jobFile(home, later.id), JSON.stringify({ ...later, format: 99 }))
  const moved = addJob(5)
  writeFileSync(jobFile(home, moved.id), JSON.stringify({ ...moved, id: 'proc_ffffffffffff' }))
  addJob(6, { hostId: 'elsewhere' })
  mkdirSync(join(home.state, 'jobs', 'notes'))
  mkdirSync(join(home.state, 'jobs', '.trash-1'))
  mkdirSync(join(home.state, 'jobs', 'proc_00000000000a'))
  mkdirSync(join(home.state, 'jobs', 'proc_00000000000b', 'runs'), { recursive: true })
  const { jobs, damaged } = listJobs(home)
  expect(jobs.map((job) => job.createdAtMs)).toEqual([1, 2])
  const whys = damaged.map(({ path, why }) => `${path.split('/').at(-2)}: ${why}`)
  expect(whys.length).toBe(6)
  expect(whys.join('\n')).toContain('format 99')
  expect(whys.join('\n')).toContain('proc_000000000006: it was written on host elsewhere')
})

test('the view is of the newest run', () => {
  const job = addJob(1, {
    runs: 2,
    spec: { ...makeJob().spec, argv: ['x', '--token', 'hunter2'], split: true },
  })
  const old = runPaths(runDir(home, job.id, 1))
  writeOutcome(old.outcome, { ...makeOutcome(), code: 9 })
  const now = runPaths(runDir(home, job.id, 2))
  writeState(now.state, { ...makeState(), bootId: bootId() })
  writeOutput(now.output, [10, 'abc'])
  writeOutput(now.output, ['de'], 'err')
  const view = readJobView(home, job)
  expect(view).toMatchObject({
    state: 'running',
    run: { n: 2, pid: 10, startTicks: 20, keeperGeneration: 1 },
    outcome: null,
    output: { bytes: 15, droppedBytes: 10 },
  })
  expect(view.spec.argv).toEqual(['x', '--token', '***'])
  writeOutcome(now.outcome, makeOutcome())
  expect(readJobView(home, job)).toMatchObject({ state: 'exited', outcome: { code: 0 } })
})

test('a job without a run is pending', () => {
  expect(readJobView(home, addJob(1, { runs: 0 }))).toMatchObject({ state: 'pending', run: null })
  expect(readJobView(home, addJob(2))).toMatchObject({ state: 'pending', run: null })
})

test('a damaged state is set aside with its path', () => {
  addJob(1, { runs: 0 })
  const job = addJob(2)
  const path = runPaths(runDir(home, job.id, 1)).state
  writeFileSync(path, 'x')
  const { jobs, damaged } = listJobViews(home)
  expect(jobs.length).toBe(1)
  expect(damaged[0]?.path).toBe(path)
})

test('a run that another boot took is lost, and said so', () => {
  const state = { ...makeState(), name: 'running' as const }
  const seen = observeState({ state, outcome: null, bootId: 'later' })
  expect(seen.state?.name).toBe('lost')
  expect(seen.outcome).toMatchObject({ state: 'lost', reason: 'reboot', code: null, source: 'lost' })
  expect(seen.outcome?.evidence).toContain('later')
  expect(observeState({ state, outcome: null, bootId: 'boot' })).toEqual({ state, outcome: null })
  const outcome = makeOutcome()
  expect(observeState({ state, outcome, bootId: 'later' })).toEqual({ state, outcome })
  const ended = { ...state, name: 'exited' as const }
  expect(observeState({ state: ended, outcome: null, bootId: 'later' }).outcome).toBe(null)
})
