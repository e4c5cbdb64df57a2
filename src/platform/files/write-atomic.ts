import {
  closeSync,
  fsyncSync,
  promises,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isErrno } from './errno.ts'

export interface WriteOptions {
  /**
   * Wait until file and folder entry are on the medium. Needed against loss of power only: a rename alone is whole
   * against SIGKILL of whoever wrote.
   */
  readonly fsync?: boolean
}

/** Replaces a file as a whole: whoever reads sees the old content or the new one, never a part. Mode 0600. */
export function writeAtomic(path: string, content: string | Uint8Array, options: WriteOptions = {}): void {
  const temporary = writeTemporary(path, content, options)
  try {
    renameSync(temporary, path)
  } catch (error) {
    unlinkSync(temporary)
    throw error
  }
  if (options.fsync === true) syncDir(dirname(path))
}

/**
 * Writes a file unless there is one: of several who try at once exactly one succeeds, and what it wrote is whole.
 * Returns whether this call made it.
 */
export function createAtomic(
  path: string,
  content: string | Uint8Array,
  options: WriteOptions = {},
): boolean {
  const temporary = writeTemporary(path, content, options)
  try {
    linkSync(temporary, path)
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    // No hard links here (some FUSE and FAT): a rename is whole too, only two at the same instant are not told apart.
    if (!isErrno(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) throw error
    if (isThere(path)) return false
    writeAtomic(path, content, options)
  } finally {
    unlinkSync(temporary)
  }
  if (options.fsync === true) syncDir(dirname(path))
  return true
}

/** The whole text of a file, null when there is none. */
export function readTextFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null
    throw error
  }
}

/** Some file systems have no fsync of a folder; there is nothing else to ask of them. */
const NO_FOLDER_SYNC = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'] as const

/** Makes renames and removals in this folder survive a loss of power. */
export function syncDir(dir: string): void {
  const fd = openSync(dir, 'r')
  try {
    fsyncSync(fd)
  } catch (error) {
    if (!isErrno(error, ...NO_FOLDER_SYNC)) throw error
  } finally {
    closeSync(fd)
  }
}

/** As `fsync` when writing, for several files and folders at once and without holding up the caller. */
export async function syncPaths(paths: readonly string[]): Promise<void> {
  await Promise.all(
    paths.map(async (path) => {
      const file = await promises.open(path, 'r')
      try {
        await file.sync()
      } catch (error) {
        if (!isErrno(error, ...NO_FOLDER_SYNC)) throw error
      } finally {
        await file.close()
      }
    }),
  )
}

let written = 0

/** Hidden, so that no listing by pattern takes it for a record; a new name each time, so that no two writers meet. */
function temporaryName(path: string): string {
  written += 1
  return join(dirname(path), `.${basename(path)}.${process.pid}-${written}-${process.hrtime()[1]}.tmp`)
}

function writeTemporary(path: string, content: string | Uint8Array, options: WriteOptions): string {
  const temporary = temporaryName(path)
  const fd = openSync(temporary, 'wx', 0o600)
  try {
    writeAll(fd, typeof content === 'string' ? Buffer.from(content) : content)
    if (options.fsync === true) fsyncSync(fd)
  } catch (error) {
    unlinkSync(temporary)
    throw error
  } finally {
    closeSync(fd)
  }
  return temporary
}

/** A write may take less than it was given (a signal, a nearly full disk). */
function writeAll(fd: number, bytes: Uint8Array): void {
  let done = 0
  while (done < bytes.byteLength) done += writeSync(fd, bytes, done, bytes.byteLength - done)
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
