import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { FettleError } from '../../core/errors.ts'
import { isErrno } from './errno.ts'

/**
 * Makes a folder that is ours alone (0700), or checks that the one that is there is: a folder and not a link to one,
 * owned by this user, closed to everyone else. Anything else is refused with `home_refused`, because whoever can
 * write there could give us sockets and records of theirs. Missing parents are made 0700 too; parents that are there
 * are the user's business.
 */
export function ensurePrivateDir(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (isErrno(error, 'EEXIST')) {
      checkPrivateDir(path)
      return
    }
    const parent = dirname(path)
    if (!isErrno(error, 'ENOENT') || parent === path) throw unwritable(path, error)
    makeParents(parent, path)
    ensurePrivateDir(path)
    return
  }
  // A umask such as 0277 takes bits away from what mkdir was asked for.
  chmodSync(path, 0o700)
}

/** As `ensurePrivateDir` for a folder that must be there: throws `home_refused` with what is wrong with it. */
function checkPrivateDir(path: string): void {
  const why = whyNotPrivate(path)
  if (why === null) return
  throw new FettleError(
    'home_refused',
    `Cannot use ${path}: ${why}; a folder of this user with mode 0700 is expected`,
    {
      hint: why.startsWith('its mode') ? `chmod 700 ${path}` : 'Choose another folder with FETTLE_HOME.',
      data: { path, why },
    },
  )
}

/** What keeps a folder from being ours alone, null when nothing does. */
export function whyNotPrivate(path: string): string | null {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return 'it is not there'
  if (stat.isSymbolicLink()) return 'it is a symbolic link'
  if (!stat.isDirectory()) return 'it is not a folder'
  if (stat.uid !== currentUid()) return `it belongs to uid ${stat.uid}, this is uid ${currentUid()}`
  if ((stat.mode & 0o077) !== 0) return `its mode is ${(stat.mode & 0o7777).toString(8).padStart(4, '0')}`
  return null
}

/** The uid files are made with. */
export function currentUid(): number {
  return process.geteuid?.() ?? 0
}

function makeParents(parent: string, path: string): void {
  try {
    mkdirSync(parent, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw unwritable(path, error)
  }
}

function unwritable(path: string, cause: unknown): FettleError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new FettleError('store_unwritable', `Cannot make the folder ${path}: ${why}`, {
    hint: 'Choose a folder that this user can write with FETTLE_HOME.',
    data: { path },
    cause,
  })
}
