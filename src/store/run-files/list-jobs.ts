import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { FettleError } from '../../core/errors.ts'
import { isJobId } from '../../core/job/job-id.ts'
import type { Job } from '../../core/job/job.ts'
import { isErrno } from '../../platform/files/errno.ts'
import { namesIn } from '../../platform/files/names-in.ts'
import { jobFile, type Home } from '../layout.ts'
import { readJob } from './job.ts'

/** A record that is left out of a listing, alone; everything else is listed. */
export interface DamagedRecord {
  readonly path: string
  readonly why: string
}

export interface JobList {
  /** Oldest first. */
  readonly jobs: readonly Job[]
  readonly damaged: readonly DamagedRecord[]
}

/** All jobs of a home. One that cannot be read is reported; a home that is not there has none. */
export function listJobs(home: Pick<Home, 'state' | 'hostId'>): JobList {
  const jobs: Job[] = []
  const damaged: DamagedRecord[] = []
  for (const id of listJobFolders(home)) {
    const found = readListedJob(home, id)
    if (found === null) continue
    if ('why' in found) damaged.push(found)
    else jobs.push(found)
  }
  return { jobs: jobs.sort(oldestFirst), damaged }
}

export function oldestFirst(
  a: { readonly createdAtMs: number; readonly id: string },
  b: { readonly createdAtMs: number; readonly id: string },
): number {
  return a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1)
}

/** Names in `jobs/`: ids, and whatever else was put there. Hidden ones are on their way in or out. */
export function listJobFolders(home: Pick<Home, 'state'>): string[] {
  return namesIn(join(home.state, 'jobs')).filter((name) => !name.startsWith('.'))
}

/** Null for a job that is being made or removed: it has neither record nor runs. */
export function readListedJob(home: Pick<Home, 'state' | 'hostId'>, id: string): Job | DamagedRecord | null {
  if (!isJobId(id)) return damagedBecause(join(home.state, 'jobs', id), 'its name is not the id of a job')
  const path = jobFile(home, id)
  const read = orDamaged(path, () => readJob(path))
  if (read === null) {
    return existsSync(join(home.state, 'jobs', id, 'runs'))
      ? damagedBecause(path, 'job.json is missing')
      : null
  }
  if ('why' in read) return read
  if (read.id !== id) return damagedBecause(path, `it says it is ${read.id}`)
  // Pids and boots of another host mean nothing here.
  return read.hostId === home.hostId ? read : damagedBecause(path, `it was written on host ${read.hostId}`)
}

/** Runs a reader; what it throws about its record becomes an entry of the list. */
export function orDamaged<T>(path: string, read: () => T): T | DamagedRecord {
  try {
    return read()
  } catch (error) {
    if (error instanceof FettleError && (error.code === 'store_damaged' || error.code === 'store_newer')) {
      const where = error.data['path']
      const named = typeof where === 'string' ? where : path
      // The entry names the file itself.
      return damagedBecause(named, error.message.replace(`${named}: `, ''))
    }
    if (isErrno(error, 'EACCES', 'EIO', 'EISDIR', 'ELOOP')) return damagedBecause(path, error.message)
    throw error
  }
}

function damagedBecause(path: string, why: string): DamagedRecord {
  return { path, why }
}
