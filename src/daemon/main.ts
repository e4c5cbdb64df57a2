import { join } from 'node:path'
import { applyEnvironment } from '../core/config/apply-environment.ts'
import type { Settings } from '../core/config/settings.ts'
import { useSecretNames } from '../core/redact/secret-names.ts'
import { nowMs } from '../platform/clock.ts'
import { currentUid } from '../platform/files/ensure-private-dir.ts'
import { tryLock } from '../platform/linux/flock.ts'
import { VERSION } from '../platform/version.ts'
import { openEventsForWriting } from '../store/events/open-events.ts'
import { createHome } from '../store/home.ts'
import { keepLastGood, readSettings } from '../store/home/read-settings.ts'
import { daemonSocket } from '../store/layout.ts'
import { createDaemon } from './create-daemon.ts'
import { despiteFullDisk } from './despite-full-disk.ts'
import { createDaemonLog, type DaemonLog } from './log.ts'
import { listen } from './transport/server.ts'

const LOG_BYTES = 5 * 1024 * 1024
const LOG_FILES = 5
const MAX_CONNECTIONS = 2_000

/** `fettle __daemon`: serves one home until it is asked to end. A second one finds the lock taken and leaves. */
export async function runDaemon(): Promise<void> {
  process.title = 'fettle-daemon'
  process.umask(0o077)
  const home = createHome({ env: process.env })
  const lock = tryLock(join(home.state, 'lock', 'daemon.lock'))
  if (lock === null) return
  process.chdir('/')
  const log = createDaemonLog({
    path: join(home.state, 'log', 'daemon.log'),
    maxBytes: LOG_BYTES,
    files: LOG_FILES,
    nowMs,
  })
  logUncaught(log)
  const { promise: asked, resolve: stop } = Promise.withResolvers<void>()
  const found = readSettings(home)
  for (const fault of found.faults) log.error('settings', { fault, used: found.from })
  const config = readEnvironment(found.settings, log)
  useSecretNames(config.secretNames)
  using store = openEventsForWriting(home)
  const daemon = createDaemon({ home, config, log, store, stop })
  log.info('daemon starts', { version: VERSION, home: home.state })
  await daemon.begin()
  const server = await listen({
    path: daemonSocket(home),
    handle: daemon.handle,
    maxConnections: MAX_CONNECTIONS,
    uid: currentUid(),
  })
  process.once('SIGTERM', () => stop())
  process.once('SIGINT', () => stop())
  daemon.serveSince(nowMs())
  despiteFullDisk(log, 'the settings', () => keepLastGood(home, found))
  await asked
  log.info('daemon ends, asked to')
  await daemon.leave()
  await server.close()
  daemon.close()
}

/** A variable that cannot be read leaves the file's settings: jobs must have their daemon, and who starts one is told before. */
function readEnvironment(settings: Settings, log: DaemonLog): Settings {
  try {
    return applyEnvironment(settings, process.env)
  } catch (error) {
    log.error('settings', { error })
    return settings
  }
}

/** A fault nobody caught is written down; jobs do not depend on this process, and the anchor starts another. */
function logUncaught(log: DaemonLog): void {
  process.on('unhandledRejection', (error) => log.error('unhandled rejection', { error }))
  process.on('uncaughtException', (error) => {
    log.error('uncaught exception', { error })
    process.exit(70)
  })
}
