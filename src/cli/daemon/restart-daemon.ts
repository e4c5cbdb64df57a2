import { FettleClient } from '../../client/client.ts'
import { checkEventsVersion } from '../../store/events/open-events-for-reading.ts'
import { daemonSocket } from '../../store/layout.ts'
import type { Cli } from '../cli.ts'
import { startDaemon } from './connect-daemon.ts'
import type { DaemonStatus } from './connect-daemon.ts'
import { stopDaemon } from './stop-daemon.ts'

/** One of this command's version in place of the one that runs, which stays where this version could not go on. */
export async function restartDaemon(cli: Cli): Promise<DaemonStatus> {
  const home = cli.makeHome()
  checkEventsVersion(home)
  await stopDaemon(cli)
  using client = new FettleClient({ socketPath: daemonSocket(home) })
  return await startDaemon(cli, home, client)
}
