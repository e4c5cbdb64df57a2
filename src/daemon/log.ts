import { appendFileSync, mkdirSync, renameSync, statSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { isErrno } from '../platform/files/errno.ts'

/** The daemon's own log: JSON lines, rotated. It never holds output, argv or environment of a run. */
export interface DaemonLog {
  info(message: string, data?: Readonly<Record<string, unknown>>): void
  warn(message: string, data?: Readonly<Record<string, unknown>>): void
  error(message: string, data?: Readonly<Record<string, unknown>>): void
}

export interface DaemonLogOptions {
  readonly path: string
  readonly maxBytes: number
  /** Files kept, the current one included. */
  readonly files: number
  readonly nowMs: () => number
}

export function createDaemonLog(options: DaemonLogOptions): DaemonLog {
  const { path, maxBytes, files, nowMs } = options
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  let bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0

  const write = (level: string, message: string, data: Readonly<Record<string, unknown>> = {}): void => {
    const record = { at: new Date(nowMs()).toISOString(), level, pid: process.pid, message, ...plain(data) }
    const line = Buffer.from(`${JSON.stringify(record)}\n`)
    try {
      if (bytes > 0 && bytes + line.byteLength > maxBytes) {
        rotate(path, files)
        bytes = 0
      }
      appendFileSync(path, line, { mode: 0o600 })
      bytes += line.byteLength
    } catch (error) {
      // A full disk must not take the daemon down with its log; jobs and events have their own answer to it.
      if (!isErrno(error, 'ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'ENOENT', 'EIO')) throw error
    }
  }
  return {
    info: (message, data) => write('info', message, data),
    warn: (message, data) => write('warn', message, data),
    error: (message, data) => write('error', message, data),
  }
}

/** `daemon.log` → `.1` → `.2` …; the oldest goes. */
function rotate(path: string, files: number): void {
  for (let i = files - 1; i >= 1; i--) {
    const from = i === 1 ? path : `${path}.${i - 1}`
    try {
      renameSync(from, `${path}.${i}`)
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error
    }
  }
  if (files <= 1) unlinkSync(path)
}

function plain(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      value instanceof Error ? { message: value.message, stack: value.stack ?? '' } : value,
    ]),
  )
}
