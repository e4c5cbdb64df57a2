import { dlopen, FFIType, read, type Pointer } from 'bun:ffi'

/**
 * The one table of what fettle calls in the C library. Everything else of `platform/linux` goes through it, and
 * nobody outside does. Typed arrays are passed as arguments themselves: a pointer does not keep its buffer alive.
 */
const i32 = FFIType.i32
const u32 = FFIType.u32
const i64 = FFIType.i64_fast
const u64 = FFIType.u64_fast
const ptr = FFIType.ptr

const library = dlopen('libc.so.6', {
  __errno_location: { args: [], returns: ptr },
  accept4: { args: [i32, ptr, ptr, i32], returns: i32 },
  bind: { args: [i32, ptr, u32], returns: i32 },
  close: { args: [i32], returns: i32 },
  connect: { args: [i32, ptr, u32], returns: i32 },
  fcntl: { args: [i32, i32, i64], returns: i32 },
  flock: { args: [i32, i32], returns: i32 },
  fsync: { args: [i32], returns: i32 },
  getsockopt: { args: [i32, i32, i32, ptr, ptr], returns: i32 },
  grantpt: { args: [i32], returns: i32 },
  ioctl: { args: [i32, u64, ptr], returns: i32 },
  listen: { args: [i32, i32], returns: i32 },
  lseek: { args: [i32, i64, i32], returns: i64 },
  memfd_create: { args: [ptr, u32], returns: i32 },
  mkfifo: { args: [ptr, u32], returns: i32 },
  open: { args: [ptr, i32, i32], returns: i32 },
  pipe2: { args: [ptr, i32], returns: i32 },
  poll: { args: [ptr, u64, i32], returns: i32 },
  posix_openpt: { args: [i32], returns: i32 },
  posix_spawn: { args: [ptr, ptr, ptr, ptr, ptr, ptr], returns: i32 },
  posix_spawn_file_actions_adddup2: { args: [ptr, i32, i32], returns: i32 },
  posix_spawn_file_actions_addopen: { args: [ptr, i32, ptr, i32, u32], returns: i32 },
  posix_spawn_file_actions_destroy: { args: [ptr], returns: i32 },
  posix_spawn_file_actions_init: { args: [ptr], returns: i32 },
  posix_spawnattr_init: { args: [ptr], returns: i32 },
  posix_spawnattr_setflags: { args: [ptr, i32], returns: i32 },
  posix_spawnattr_setsigdefault: { args: [ptr, ptr], returns: i32 },
  posix_spawnattr_setsigmask: { args: [ptr, ptr], returns: i32 },
  prctl: { args: [i32, u64, u64, u64, u64], returns: i32 },
  pread: { args: [i32, ptr, u64, i64], returns: i64 },
  prlimit: { args: [i32, i32, ptr, ptr], returns: i32 },
  read: { args: [i32, ptr, u64], returns: i64 },
  recvmsg: { args: [i32, ptr, i32], returns: i64 },
  send: { args: [i32, ptr, u64, i32], returns: i64 },
  sendmsg: { args: [i32, ptr, i32], returns: i64 },
  setpriority: { args: [i32, u32, i32], returns: i32 },
  signalfd: { args: [i32, ptr, i32], returns: i32 },
  sigprocmask: { args: [i32, ptr, ptr], returns: i32 },
  socket: { args: [i32, i32, i32], returns: i32 },
  socketpair: { args: [i32, i32, i32, ptr], returns: i32 },
  splice: { args: [i32, ptr, i32, ptr, u64, u32], returns: i64 },
  // pidfd_open and pidfd_send_signal have wrappers since glibc 2.36 only.
  syscall: { args: [i64, i64, i64, ptr, i64], returns: i64 },
  timerfd_create: { args: [i32, i32], returns: i32 },
  timerfd_settime: { args: [i32, i32, ptr, ptr], returns: i32 },
  unlockpt: { args: [i32], returns: i32 },
  wait4: { args: [i32, ptr, i32, ptr], returns: i32 },
  waitid: { args: [i32, u32, ptr, i32], returns: i32 },
  write: { args: [i32, ptr, u64], returns: i64 },
})

export const libc = library.symbols

/** errno of the last call; must be the very next ffi call on this thread. */
export function lastErrno(): number {
  return read.i32(libc.__errno_location() ?? failNoErrno())
}

function failNoErrno(): Pointer {
  throw new Error('The C library names no errno location')
}

/** Result of a call, or its errno as a negative number: one integer, nothing allocated on hot paths. */
export function checked(result: number | bigint): number {
  const value = Number(result)
  return value < 0 ? -lastErrno() : value
}

export function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`)
}
