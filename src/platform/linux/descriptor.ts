import { checked, cString, libc } from './libc.ts'
import { errnoName, Fcntl, Open, SPLICE_MOVE_NONBLOCK } from './constants.ts'

/** Plain operations on descriptors. Results below zero are errnos, so that hot paths allocate nothing. */

export function openFd(path: string, flags: number, mode = 0o600): number {
  return checked(libc.open(cString(path), flags | Open.CLOEXEC, mode))
}

/** As `openFd`, for places where a failure is a fault: throws with the path and the errno. */
export function mustOpenFd(path: string, flags: number, mode = 0o600): number {
  const fd = openFd(path, flags, mode)
  if (fd < 0) throw new Error(`Cannot open ${path}: ${errnoName(fd)}`)
  return fd
}

export function closeFd(fd: number): void {
  libc.close(fd)
}

/** Moves bytes in the kernel; below zero an errno, 0 at the end of input. At most `length` bytes. */
export function spliceFd(from: number, to: number, length: number): number {
  return checked(libc.splice(from, null, to, null, length, SPLICE_MOVE_NONBLOCK))
}

export function readFd(fd: number, buffer: Uint8Array): number {
  return checked(libc.read(fd, buffer, buffer.byteLength))
}

export function writeFd(fd: number, bytes: Uint8Array): number {
  return checked(libc.write(fd, bytes, bytes.byteLength))
}

export function setCloseOnExec(fd: number): boolean {
  return checked(libc.fcntl(fd, Fcntl.SETFD, 1)) >= 0
}

/** False too for a number that is no open descriptor. */
export function isCloseOnExec(fd: number): boolean {
  const flags = checked(libc.fcntl(fd, Fcntl.GETFD, 0))
  return flags < 0 || (flags & 1) !== 0
}

export function setNonBlocking(fd: number): void {
  const flags = checked(libc.fcntl(fd, Fcntl.GETFL, 0))
  if (flags >= 0) libc.fcntl(fd, Fcntl.SETFL, flags | Open.NONBLOCK)
}

/** A copy at `least` or above, closed on exec. */
export function duplicateFd(fd: number, least: number): number {
  return checked(libc.fcntl(fd, Fcntl.DUPFD_CLOEXEC, least))
}

export function setPipeSize(fd: number, bytes: number): number {
  return checked(libc.fcntl(fd, Fcntl.SETPIPE_SZ, bytes))
}

export function seekFd(fd: number, offset: number, whence: 0 | 1 | 2): number {
  return checked(libc.lseek(fd, offset, whence))
}

export function makeFifo(path: string): number {
  return checked(libc.mkfifo(cString(path), 0o600))
}

/** `[read, write]`, closed on exec and non-blocking. */
export function makePipe(): readonly [number, number] {
  const ends = new Int32Array(2)
  const result = checked(libc.pipe2(ends, Open.CLOEXEC | Open.NONBLOCK))
  if (result < 0) throw new Error(`Cannot make a pipe: ${errnoName(result)}`)
  return [ends[0] ?? -1, ends[1] ?? -1]
}

const single = new Int32Array(2)

/** Whether one descriptor has one of `events`, or gets it within `timeoutMs`. */
export function waitReady(fd: number, events: number, timeoutMs: number): boolean {
  single[0] = fd
  single[1] = events
  return libc.poll(single, 1, timeoutMs) > 0
}
