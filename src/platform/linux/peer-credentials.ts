import { checked, libc } from './libc.ts'
import { errnoName, Sock } from './constants.ts'

export interface PeerCredentials {
  readonly pid: number
  readonly uid: number
  readonly gid: number
}

/** Who is at the other end of a connected unix socket, from the kernel. */
export function peerCredentials(fd: number): PeerCredentials {
  const out = new Int32Array(3)
  const length = new Uint32Array([12])
  const result = checked(libc.getsockopt(fd, Sock.SOL_SOCKET, Sock.SO_PEERCRED, out, length))
  if (result < 0) throw new Error(`Cannot tell who is calling: ${errnoName(result)}`)
  return { pid: out[0] ?? 0, uid: out[1] ?? -1, gid: out[2] ?? -1 }
}
