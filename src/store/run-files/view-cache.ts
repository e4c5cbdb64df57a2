import { statSync } from 'node:fs'
import { join } from 'node:path'
import { bootId } from '../../platform/boot-id.ts'
import { readTextFile, writeAtomic } from '../../platform/files/write-atomic.ts'
import { VERSION } from '../../platform/version.ts'
import type { JobView } from '../../protocol/api/job-view.ts'
import { jobDir, runDir, runPaths, viewCacheFile, type Home } from '../layout.ts'

/**
 * What the newest listing of jobs said, so that the next one need not open three files for each. It is a cache: an
 * entry counts only while the times of the job's folders are those it was made at (every record is replaced by a
 * rename, which changes its folder), and the whole only in the boot and on the host it was made in. Lost or damaged,
 * it costs time and nothing else.
 */
export const VIEW_CACHE_FORMAT = 1

export interface CachedView {
  readonly view: JobView
  readonly stamp: ViewStamp
}

/** Times of change (ms) of the folders a view was read from, and how far the newest segments reached. */
export interface ViewStamp {
  readonly jobMs: number
  readonly runMs: number
  readonly outputMs: number
  readonly tails: readonly SegmentTail[]
}

export interface SegmentTail {
  readonly name: string
  readonly bytes: number
}

/** Entries by job; none when there is no cache that counts here. */
export function readViewCache(home: Pick<Home, 'state' | 'hostId'>): ReadonlyMap<string, CachedView> {
  const text = readTextFile(viewCacheFile(home))
  const body = text === null ? null : takeHeader(text, toHeader(home, text))
  const entries: unknown = body === null ? [] : JSON.parse(body)
  return new Map(isOwnEntries(entries) ? entries.map((entry) => [entry.view.id, entry]) : [])
}

/** Not synced: it may be lost. */
export function writeViewCache(home: Pick<Home, 'state' | 'hostId'>, entries: readonly CachedView[]): void {
  const body = JSON.stringify(entries)
  writeAtomic(viewCacheFile(home), `${toHeader(home, `\n${body}`)}\n${body}`)
}

/**
 * The first line: which build wrote this, on which host, in which boot, and a hash of what follows it. A reader makes
 * the line it would have written itself. When it is the same, what follows is, byte for byte, what this version wrote,
 * and need not be checked field by field: that would take longer than reading the records.
 */
function toHeader(home: Pick<Home, 'hostId'>, text: string): string {
  const hash = Bun.hash(text.slice(text.indexOf('\n') + 1)).toString(16)
  return JSON.stringify({
    format: VIEW_CACHE_FORMAT,
    build: buildOf(),
    hostId: home.hostId,
    bootId: bootId(),
    hash,
  })
}

/** Two builds of one version may see a view differently: the binary itself is named. */
function buildOf(): string {
  const { ino, size, mtimeMs } = statSync('/proc/self/exe')
  return `${VERSION}:${ino}:${size}:${mtimeMs}`
}

function takeHeader(text: string, header: string): string | null {
  return text.startsWith(`${header}\n`) ? text.slice(header.length + 1) : null
}

/** The header vouches for the rest. */
function isOwnEntries(value: unknown): value is CachedView[] {
  return Array.isArray(value)
}

/** The view, with the output that has come since, or null when something else has changed. */
export function freshView(home: Pick<Home, 'state'>, { view, stamp }: CachedView): JobView | null {
  const now = readFolderTimes(home, view.id, view.run?.n ?? 0)
  if (now?.jobMs !== stamp.jobMs || now.runMs !== stamp.runMs || now.outputMs !== stamp.outputMs) return null
  let grownBytes = 0
  for (const tail of stamp.tails) {
    const path = join(runPaths(runDir(home, view.id, view.run?.n ?? 0)).output, tail.name)
    const bytes = statSync(path, { throwIfNoEntry: false })?.size
    if (bytes === undefined || bytes < tail.bytes) return null
    grownBytes += bytes - tail.bytes
  }
  const { output } = view
  return grownBytes === 0 ? view : { ...view, output: { ...output, bytes: output.bytes + grownBytes } }
}

/** Null for a job that has gone. A folder that is not there (no run yet) has time 0. */
export function readFolderTimes(
  home: Pick<Home, 'state'>,
  id: string,
  run: number,
): Omit<ViewStamp, 'tails'> | null {
  const jobMs = changedMs(jobDir(home, id))
  if (jobMs === 0) return null
  if (run === 0) return { jobMs, runMs: 0, outputMs: 0 }
  const { dir, output } = runPaths(runDir(home, id, run))
  return { jobMs, runMs: changedMs(dir), outputMs: changedMs(output) }
}

function changedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
