import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { isErrno } from '../../platform/files/errno.ts'

/**
 * The directory as asked for; a missing one is the run's failure at stage `cwd`. With `fallback` its nearest parent
 * that is there, and a note that says so.
 */
export function chooseDirectory(
  cwd: string,
  fallback: boolean,
): { readonly cwd: string; readonly note: string | null } {
  if (!fallback || isDirectory(cwd)) return { cwd, note: null }
  let at = dirname(cwd)
  while (!isDirectory(at) && at !== '/') at = dirname(at)
  return { cwd: at, note: `${cwd} is not a directory: started in ${at} instead` }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG')) return false
    throw error
  }
}
