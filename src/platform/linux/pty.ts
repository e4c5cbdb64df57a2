import { FettleError } from '../../core/errors.ts'
import { checked, libc } from './libc.ts'
import { errnoName, Ioctl, Open } from './constants.ts'
import { closeFd, setNonBlocking } from './descriptor.ts'

export interface PtyMaster {
  readonly fd: number
  /** `/dev/pts/N` */
  readonly slave: string
}

/** A new terminal; throws with the errno when the system has none to give. */
export function openPty(size: { readonly rows: number; readonly cols: number }): PtyMaster {
  const fd = checked(libc.posix_openpt(Open.RDWR | Open.NOCTTY | Open.CLOEXEC))
  if (fd < 0) throw noTerminal('No terminal to be had (posix_openpt)', fd)
  const number = new Int32Array(1)
  const failed = [libc.grantpt(fd), libc.unlockpt(fd)].some((result) => result < 0)
  const named = checked(libc.ioctl(fd, Ioctl.TIOCGPTN, number))
  if (failed || named < 0) {
    closeFd(fd)
    throw noTerminal('The new terminal cannot be opened', named)
  }
  resizePty(fd, size)
  setNonBlocking(fd)
  return { fd, slave: `/dev/pts/${number[0] ?? 0}` }
}

export function resizePty(fd: number, size: { readonly rows: number; readonly cols: number }): boolean {
  return checked(libc.ioctl(fd, Ioctl.TIOCSWINSZ, new Uint16Array([size.rows, size.cols, 0, 0]))) >= 0
}

function noTerminal(what: string, result: number): FettleError {
  const errno = errnoName(result)
  return new FettleError('start_failed', `${what}: ${errno}`, { data: { stage: 'pty', errno } })
}
