import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isRecord } from '../core/errors.ts'
import { isErrno } from '../platform/files/errno.ts'
import { writeAtomic } from '../platform/files/write-atomic.ts'
import type { Home } from '../store/layout.ts'

/**
 * `daemon.json` is there while a daemon serves, and goes when one ends because it was asked to: who finds it has taken
 * the place of one that died.
 */
export function readPredecessor(home: Home): number | null {
  try {
    const value: unknown = JSON.parse(readFileSync(join(home.state, 'daemon.json'), 'utf8'))
    return isRecord(value) && typeof value['pid'] === 'number' ? value['pid'] : null
  } catch (error) {
    if (isErrno(error, 'ENOENT') || error instanceof SyntaxError) return null
    throw error
  }
}

export function writeSelf(home: Home, version: string): void {
  writeAtomic(
    join(home.state, 'daemon.json'),
    `${JSON.stringify({ format: 1, pid: process.pid, version })}\n`,
  )
}

export function removeSelf(home: Home): void {
  rmSync(join(home.state, 'daemon.json'), { force: true })
}
