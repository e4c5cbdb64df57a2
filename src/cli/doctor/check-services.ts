import { existsSync, renameSync } from 'node:fs'
import { FettleClient } from '../../client/client.ts'
import { FettleError } from '../../core/errors.ts'
import { VERSION } from '../../platform/version.ts'
import { checkEventsVersion, openEventsForReading } from '../../store/events/open-events-for-reading.ts'
import { daemonSocket, eventsDatabase } from '../../store/layout.ts'
import type { Home } from '../../store/layout.ts'
import type { Cli } from '../cli.ts'
import { readAnchor } from '../daemon/ask-anchor.ts'
import { startDaemon, tryStatus } from '../daemon/connect-daemon.ts'
import { restartDaemon } from '../daemon/restart-daemon.ts'
import { stopDaemon } from '../daemon/stop-daemon.ts'
import type { Finding } from './finding.ts'

export async function checkDaemon(cli: Cli): Promise<Finding[]> {
  using client = new FettleClient({ socketPath: daemonSocket(cli.home) })
  const daemon = await tryStatus(client)
  const anchor = await readAnchor(cli.home)
  const findings: Finding[] = [
    daemon === null
      ? { level: 'note', check: 'daemon', text: 'does not run; verbs that act start it' }
      : { level: 'ok', check: 'daemon', text: `pid ${daemon.pid}, version ${daemon.version}` },
    anchor === null
      ? { level: 'note', check: 'anchor', text: 'does not run' }
      : {
          level: 'ok',
          check: 'anchor',
          text: `pid ${anchor.pid}, version ${anchor.version}, holds ${anchor.runs} runs`,
        },
  ]
  if (daemon !== null && daemon.version !== VERSION) {
    findings.push({
      level: 'problem',
      check: 'daemon',
      text: `is of version ${daemon.version}, this command of ${VERSION}`,
      repair: {
        plan: 'restart the daemon; jobs run on',
        run: async () => {
          const started = await restartDaemon(cli)
          return `pid ${started.pid}, version ${started.version}`
        },
      },
    })
  }
  return findings
}

export function checkEvents(home: Pick<Home, 'state'>): Finding[] {
  try {
    using reader = openEventsForReading(home)
    const { first, last } = reader.bounds()
    checkEventsVersion(home)
    return [{ level: 'ok', check: 'events', text: last === 0 ? 'none yet' : `numbers ${first} to ${last}` }]
  } catch (error) {
    if (!(error instanceof FettleError)) throw error
    return [
      {
        level: 'problem',
        check: 'events',
        text: `${error.message}; ${error.code === 'store_newer' ? error.hint : '"fettle doctor --rebuild" remakes the database'}`,
      },
    ]
  }
}

/** Answers where the old database is, null when there was none. */
export async function rebuildEvents(cli: Cli): Promise<string | null> {
  const home = cli.makeHome()
  await stopDaemon(cli)
  const path = eventsDatabase(home)
  const aside = `${path}.aside-${Date.now()}`
  const there = existsSync(path)
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix)
  }
  using client = new FettleClient({ socketPath: daemonSocket(home) })
  await startDaemon(cli, home, client)
  return there ? aside : null
}
