import { chmodSync, unlinkSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createNetServer, type Socket } from 'node:net'
import { isErrno } from '../../platform/files/errno.ts'
import { readPeer, type Peer } from './peer.ts'

export interface ServerOptions {
  readonly path: string
  readonly handle: (request: IncomingMessage, response: ServerResponse, peer: Peer) => void
  /** Open connections; more are closed at once. */
  readonly maxConnections: number
  readonly uid: number
}

export interface ListeningServer {
  readonly connections: () => number
  /** Takes no more connections, and ends those that are open. */
  close(): Promise<void>
}

/**
 * HTTP on the unix socket. The connection is taken by node:net, because only there is a descriptor to ask the kernel
 * who is calling. Only the holder of the daemon's lock may call this: it removes the path that a dead daemon left.
 */
export async function listen(options: ServerOptions): Promise<ListeningServer> {
  const peers = new WeakMap<Socket, Peer>()
  const sockets = new Set<Socket>()
  const http = createHttpServer((request, response) => {
    const peer = peers.get(request.socket) ?? { pid: 0, uid: -1 }
    options.handle(request, response, peer)
  })
  // A kept connection costs one descriptor and is closed when its client goes.
  http.keepAliveTimeout = 0
  http.requestTimeout = 60_000
  http.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    else socket.destroy()
  })
  const net = createNetServer((socket) => {
    socket.on('error', () => socket.destroy())
    const peer = sockets.size < options.maxConnections ? readPeer(socket) : null
    // 0600 keeps others out; this is for a socket whose mode was changed by hand.
    if (peer === null || peer.uid !== options.uid) {
      socket.destroy()
      return
    }
    peers.set(socket, peer)
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    http.emit('connection', socket)
  })
  removeStale(options.path)
  const umask = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      net.once('error', reject)
      net.listen(options.path, () => resolve())
    })
  } finally {
    process.umask(umask)
  }
  chmodSync(options.path, 0o600)
  return {
    connections: () => sockets.size,
    close: async () => {
      const closed = new Promise<void>((resolve) => net.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function removeStale(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
  }
}
