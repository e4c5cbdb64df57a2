import { chmodSync, unlinkSync } from 'node:fs'
import { monotonicMs } from '../clock.ts'
import { isErrno } from '../files/errno.ts'
import { Errno, Poll } from './constants.ts'
import type { PollLoop } from './poll-loop.ts'
import { acceptUnix, listenUnix } from './sockets.ts'

/** How long to leave callers waiting when there is no descriptor for them, ms: the socket polls as ready all the time. */
const PAUSE_MS = 100

/**
 * Listens at a path that is ours alone, and hands over each connection. The path of a process that was killed is there
 * still: the caller holds the lock that makes sure of it.
 */
export function listenAt(options: {
  readonly loop: PollLoop
  readonly path: string
  /** False while callers have all the descriptors that they may have: the last ones are for our own work. */
  readonly hasRoom: () => boolean
  readonly onConnection: (fd: number) => void
}): void {
  const { loop, path, hasRoom, onConnection } = options
  removeSocket(path)
  const listening = listenUnix(path)
  chmodSync(path, 0o600)
  const accept = (): void => {
    while (hasRoom()) {
      const fd = acceptUnix(listening)
      if (fd === -Errno.EAGAIN || fd === -Errno.EINTR) return
      if (fd < 0) break
      onConnection(fd)
    }
    loop.remove(source)
    loop.at(source, monotonicMs() + PAUSE_MS, () => loop.add(source))
  }
  const source = loop.add({ fd: listening, events: Poll.IN, on: accept })
}

export function removeSocket(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
  }
}
