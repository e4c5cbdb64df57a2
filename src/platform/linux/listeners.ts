import { readFileSync } from 'node:fs'
import { parseListeners } from '../../core/parse/listeners.ts'

/** Sockets that listen on a port of this machine, by their inodes; null when the kernel does not say. */
export function listenersOn(port: number): ReadonlySet<number> | null {
  const found = new Set<number>()
  let isTold = false
  for (const path of ['/proc/net/tcp', '/proc/net/tcp6']) {
    try {
      for (const listener of parseListeners(readFileSync(path, 'latin1'))) {
        if (listener.port === port) found.add(listener.inode)
      }
      isTold = true
    } catch {
      // No IPv6, or a /proc without a network: the other file, or nothing, tells.
    }
  }
  return isTold ? found : null
}
