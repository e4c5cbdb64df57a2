/** Numbers of the Linux ABI (x86-64 and arm64 agree on all of these unless said otherwise). */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  ENOEXEC: 8,
  EBADF: 9,
  ECHILD: 10,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EEXIST: 17,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  EROFS: 30,
  EPIPE: 32,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ELOOP: 40,
  EOPNOTSUPP: 95,
  EADDRINUSE: 98,
  ECONNRESET: 104,
  ECONNREFUSED: 111,
  EDQUOT: 122,
} as const

const ERRNO_NAMES = new Map<number, string>(Object.entries(Errno).map(([name, number]) => [number, name]))

/** `ENOENT` for 2; `errno 133` for one without a name here. Takes either sign. */
export function errnoName(errno: number): string {
  return ERRNO_NAMES.get(Math.abs(errno)) ?? `errno ${Math.abs(errno)}`
}

export const Open = {
  RDONLY: 0,
  WRONLY: 1,
  RDWR: 2,
  CREAT: 0o100,
  NOCTTY: 0o400,
  NONBLOCK: 0o4000,
  CLOEXEC: 0o2000000,
  PATH: 0o10000000,
} as const

export const Poll = { IN: 1, OUT: 4, ERR: 8, HUP: 16, NVAL: 32 } as const

export const Fcntl = {
  DUPFD_CLOEXEC: 1030,
  GETFD: 1,
  SETFD: 2,
  GETFL: 3,
  SETFL: 4,
  SETPIPE_SZ: 1031,
  ADD_SEALS: 1033,
} as const

export const SPLICE_MOVE_NONBLOCK = 3

export const Sock = {
  AF_UNIX: 1,
  STREAM: 1,
  CLOEXEC: 0o2000000,
  NONBLOCK: 0o4000,
  MSG_NOSIGNAL: 0x4000,
  MSG_CMSG_CLOEXEC: 0x40000000,
  SOL_SOCKET: 1,
  SCM_RIGHTS: 1,
  SO_PEERCRED: 17,
} as const

export const Ioctl = {
  TIOCGPTN: 0x80045430,
  TIOCSWINSZ: 0x5414,
  /** `PIDFD_GET_INFO` for the first, 64-byte version of the struct. */
  PIDFD_GET_INFO: 0xc040ff0b,
} as const

export const RLIMIT_NOFILE = 7
