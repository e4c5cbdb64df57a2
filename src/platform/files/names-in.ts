import { readdirSync } from 'node:fs'
import { isErrno } from './errno.ts'

/** Names in a folder, sorted; none where there is no such folder. */
export function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir).sort()
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}
