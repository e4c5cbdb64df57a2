import { setTimeout as sleep } from 'node:timers/promises'
import { FettleClient } from '../../client/client.ts'
import { FettleError } from '../../core/errors.ts'
import { isAlive, readIdentity } from '../../platform/linux/processes.ts'
import { anchorSocket, daemonSocket } from '../../store/layout.ts'
import type { Cli } from '../cli.ts'
import { askAnchor, readAnchor } from './ask-anchor.ts'
import { tryStatus } from './connect-daemon.ts'
import type { DaemonStatus } from './connect-daemon.ts'

const STOPPED_WITHIN_MS = 10_000

/** Ends it and waits until its process is gone; null when none ran. */
export async function stopDaemon(cli: Cli): Promise<DaemonStatus | null> {
  const { home } = cli
  using client = new FettleClient({ socketPath: daemonSocket(home), reconnectMs: 0 })
  const found = await tryStatus(client)
  if (found === null) {
    // none answers, but one may be about to be started again
    if ((await readAnchor(home)) !== null) await askAnchor(anchorSocket(home), { op: 'daemon_stop' })
    return null
  }
  const identity = readIdentity(found.pid)
  await client.call('daemonStop')
  const until = performance.now() + STOPPED_WITHIN_MS
  while (performance.now() < until) {
    // the socket closes before the process ends, and only its end lets the next one take its place
    if (identity === null || !isAlive(identity)) {
      const now = await tryStatus(client)
      if (now === null || now.pid !== found.pid) return found
    }
    await sleep(20)
  }
  throw new FettleError(
    'could_not_verify',
    `The daemon (pid ${found.pid}) is still there ${STOPPED_WITHIN_MS / 1000} s after it was asked to end`,
    {
      hint: 'fettle doctor looks at what it may wait for',
    },
  )
}
