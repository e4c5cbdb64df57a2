import type { Socket } from 'node:net'
import { peerCredentials } from '../../platform/linux/peer-credentials.ts'

/** Process at the other end of a connection; pid 0 when the kernel cannot name it here (another pid namespace). */
export interface Peer {
  readonly pid: number
  readonly uid: number
}

/** From the kernel, at the moment of connecting. */
export function readPeer(socket: Socket): Peer {
  const fd = descriptorOf(socket)
  if (fd === null) return { pid: 0, uid: -1 }
  const { pid, uid } = peerCredentials(fd)
  return { pid, uid }
}

/** node:net shows the descriptor of a socket only inside its handle. */
function descriptorOf(socket: Socket): number | null {
  if (!('_handle' in socket)) return null
  const handle: unknown = socket._handle
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return null
  return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : null
}
