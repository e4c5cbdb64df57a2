import { rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { namesIn } from '../../platform/files/names-in.ts'
import { anchorSocket, daemonSocket } from '../../store/layout.ts'
import type { Home } from '../../store/layout.ts'
import type { Finding } from './finding.ts'

/** Sockets that are there and that nobody listens on: left by a process that was killed. */
export async function checkSockets(home: Home): Promise<Finding[]> {
  const paths = [daemonSocket(home), anchorSocket(home), ...keeperSockets(home)]
  const there = paths.filter((path) => statSync(path, { throwIfNoEntry: false })?.isSocket() === true)
  const stale: string[] = []
  for (const path of there) if (!(await answers(path))) stale.push(path)
  const live = there.length - stale.length
  return [
    { level: 'ok', check: 'sockets', text: `${live} in use in ${home.runtime}` },
    ...stale.map((path): Finding => ({
      level: 'problem',
      check: 'sockets',
      text: `nobody listens on ${path}`,
      repair: {
        plan: `remove ${path}`,
        run: async () => {
          // looked at once more: somebody may have taken it over
          if (await answers(path)) return `${path} is in use now`
          rmSync(path, { force: true })
          return `${path} removed`
        },
      },
    })),
  ]
}

function keeperSockets(home: Home): string[] {
  const dir = join(home.runtime, 'k')
  return namesIn(dir)
    .filter((name) => name.endsWith('.sock'))
    .map((name) => join(dir, name))
}

async function answers(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ path })
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => {
      socket.destroy()
      resolve(false)
    })
  })
}
