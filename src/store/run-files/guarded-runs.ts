import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { isErrno } from '../../platform/files/errno.ts'
import { keeperSocket, type Home } from '../layout.ts'

export interface GuardedRun {
  readonly id: string
  readonly n: number
}

/**
 * Runs that have a keeper's socket: those that live, those of which something was left and is guarded, and those whose
 * keeper was killed and left its socket. Whoever is to be told apart needs another look; every guarded run is among them.
 */
export function listGuardedRuns(home: Pick<Home, 'runtime'>): GuardedRun[] {
  return readNames(dirname(keeperSocket(home, '', 0))).flatMap((name) => {
    const [, id, n] = /^(proc_[0-9a-f]{12})\.(\d+)\.sock$/.exec(name) ?? []
    return id === undefined ? [] : [{ id, n: Number(n) }]
  })
}

function readNames(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES')) return []
    throw error
  }
}
