import { checked, libc } from './libc.ts'
import { Errno, errnoName, Open } from './constants.ts'
import { closeFd, mustOpenFd, openFd } from './descriptor.ts'

const LOCK_EXCLUSIVE_NONBLOCKING = 2 | 4

/**
 * Takes the kernel's lock on `path` for as long as this process holds the descriptor: it ends with the process,
 * however that ends. null when somebody else has it.
 */
export function tryLock(path: string): number | null {
  return lockOpened(path, mustOpenFd(path, Open.RDWR | Open.CREAT))
}

/** The same on a folder, which needs no file of its own. */
export function tryLockFolder(path: string): number | null {
  return lockOpened(path, mustOpenFd(path, Open.RDONLY))
}

/** null as well when there can be no such file at the moment, on a full disk for one. */
export function tryLockIfPossible(path: string): number | null {
  const fd = openFd(path, Open.RDWR | Open.CREAT)
  return fd < 0 ? null : lockOpened(path, fd)
}

function lockOpened(path: string, fd: number): number | null {
  const result = checked(libc.flock(fd, LOCK_EXCLUSIVE_NONBLOCKING))
  if (result >= 0) return fd
  closeFd(fd)
  if (result === -Errno.EAGAIN) return null
  throw new Error(`Cannot lock ${path}: ${errnoName(result)}`)
}
