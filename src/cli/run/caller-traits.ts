import { readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import type { CallerTraits } from '../../core/run/spec.ts'

/**
 * What a run gets back of its caller's process. Bun raises this process's own limit of open files, so the limit is
 * read from the parent: the shell or program that typed the command.
 */
export function readCallerTraits(): CallerTraits {
  return {
    umask: process.umask(),
    nice: getPriority(0),
    openFiles: readOpenFilesLimit(process.ppid) ?? readOpenFilesLimit('self') ?? [1024, 4096],
  }
}

/** null when the process has ended or is not ours to look at. */
function readOpenFilesLimit(pid: number | 'self'): readonly [number, number] | null {
  try {
    return parseOpenFilesLimit(readFileSync(`/proc/${pid}/limits`, 'latin1'))
  } catch {
    // no /proc here, a parent that has gone, or one of another user: the next candidate is asked
    return null
  }
}

/** The line `Max open files  1024  1048576  files` of `/proc/PID/limits`. */
export function parseOpenFilesLimit(text: string): readonly [number, number] | null {
  const match = /^Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)/m.exec(text)
  if (match === null) return null
  return [toLimit(match[1]), toLimit(match[2])]
}

function toLimit(text: string | undefined): number {
  return text === undefined || text === 'unlimited' ? 2 ** 31 - 1 : Number(text)
}
