import { afterEach, beforeEach, expect, test } from 'bun:test'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job } from '../../core/job/job.ts'
import { bootId } from '../../platform/boot-id.ts'
import { writeOutput } from '../fixtures/output.ts'
import { makeJob, makeOutcome, makeState } from '../fixtures/records.ts'
import { jobDir, jobFile, runDir, runPaths, segmentName, viewCacheFile } from '../layout.ts'
import { listJobViews, readJobView } from './job-views.ts'
import { writeJob } from './job.ts'
import { writeOutcome } from './outcome.ts'
import { refreshViewCache } from './refresh-view-cache.ts'
import { writeState } from './state.ts'
import { readViewCache } from './view-cache.ts'

let home: { state: string; hostId: string }

beforeEach(() => {
  home = { state: mkdtempSync(join(tmpdir(), 'fettle-views-')), hostId: 'host' }
})

afterEach(() => {
  rmSync(home.state, { recursive: true, force: true })
})

/** Folders of tests look as if nothing had happened for an hour. */
function settle(job: Job): void {
  const hourAgo = new Date(Date.now() - 3_600_000)
  const paths = runPaths(runDir(home, job.id, job.runs))
  for (const dir of [jobDir(home, job.id), paths.dir, paths.output]) {
    if (existsSync(dir)) utimesSync(dir, hourAgo, hourAgo)
  }
}

function addJob(n: number, more: Partial<Job> = {}): Job {
  const job = { ...makeJob(), id: `proc_${String(n).padStart(12, '0')}`, createdAtMs: n, ...more }
  mkdirSync(jobDir(home, job.id), { recursive: true })
  writeJob(jobFile(home, job.id), job)
  if (job.runs > 0) {
    const paths = runPaths(runDir(home, job.id, job.runs))
    mkdirSync(paths.dir, { recursive: true })
    writeState(paths.state, { ...makeState(), bootId: bootId() })
    writeOutput(paths.output, [5, 'abc', 'def'])
  }
  settle(job)
  return job
}

const uncached = (job: Job) => readJobView(home, job)

test('a cached view is what reading gives, whatever changes', async () => {
  const job = addJob(1)
  const paths = runPaths(runDir(home, job.id, 1))
  expect(await refreshViewCache(home)).toBe(false)
  expect(readViewCache(home).get(job.id)?.view).toEqual(uncached(job))
  const changes = [
    () => appendFileSync(join(paths.output, segmentName('out', 8)), 'more'),
    () => writeFileSync(join(paths.output, segmentName('out', 12)), 'x'),
    () => rmSync(join(paths.output, segmentName('out', 5))),
    () => writeState(paths.state, { ...makeState(), bootId: bootId(), name: 'stopping' }),
    () => writeOutcome(paths.outcome, makeOutcome()),
    () => writeJob(jobFile(home, job.id), { ...job, owner: 'other' }),
    () => rmSync(jobFile(home, job.id)),
  ]
  for (const change of changes) {
    settle(job)
    await refreshViewCache(home)
    expect(readViewCache(home).size).toBe(1)
    change()
    const cached = listJobViews(home)
    const kept = viewCacheFile(home)
    const text = await Bun.file(kept).text()
    rmSync(kept)
    expect(cached).toEqual(listJobViews(home))
    writeFileSync(kept, text)
  }
})

test('what is cached is used: no record is opened', async () => {
  const job = addJob(1)
  await refreshViewCache(home)
  const path = jobFile(home, job.id)
  // Written in place, which no writer of ours does: the folder does not show it.
  writeFileSync(path, 'damaged')
  expect(listJobViews(home).jobs.length).toBe(1)
  rmSync(viewCacheFile(home))
  expect(listJobViews(home).damaged.length).toBe(1)
})

test('nothing is written when nothing has changed, and what has just changed waits', async () => {
  const job = addJob(1)
  expect(await refreshViewCache(home)).toBe(false)
  const before = statSync(viewCacheFile(home)).ino
  expect(await refreshViewCache(home)).toBe(false)
  expect(statSync(viewCacheFile(home)).ino).toBe(before)
  writeJob(jobFile(home, job.id), { ...job, owner: 'other' })
  expect(await refreshViewCache(home)).toBe(true)
  expect(readViewCache(home).size).toBe(0)
  settle(job)
  expect(await refreshViewCache(home)).toBe(false)
  expect(readViewCache(home).get(job.id)?.view.owner).toBe('other')
  rmSync(jobDir(home, job.id), { recursive: true })
  await refreshViewCache(home)
  expect(readViewCache(home).size).toBe(0)
})

test('a job without a run is kept until it gets one; one that has not begun is not', async () => {
  const job = addJob(1, { runs: 0 })
  const begun = addJob(2)
  rmSync(runPaths(runDir(home, begun.id, 1)).state)
  settle(begun)
  await refreshViewCache(home)
  expect([...readViewCache(home).keys()]).toEqual([job.id])
  addJob(1, { runs: 1 })
  expect(listJobViews(home).jobs[0]?.run?.n).toBe(1)
})

test('a cache of another boot, another host, a later version or a damaged one does not count', async () => {
  addJob(1)
  await refreshViewCache(home)
  const path = viewCacheFile(home)
  const text = await Bun.file(path).text()
  const usable = (replaced: string): number => {
    writeFileSync(path, replaced)
    return readViewCache(home).size
  }
  expect(usable(text)).toBe(1)
  expect(usable(text.replace(bootId(), 'other'))).toBe(0)
  expect(usable(text.replace('"hostId":"host"', '"hostId":"x"'))).toBe(0)
  expect(usable(text.replace('"format":1', '"format":2'))).toBe(0)
  expect(usable(text.replace('"owner":"me"', '"owner":"you"'))).toBe(0)
  expect(usable('')).toBe(0)
  expect(usable(text.slice(0, 50))).toBe(0)
  expect(listJobViews(home).jobs.length).toBe(1)
})
