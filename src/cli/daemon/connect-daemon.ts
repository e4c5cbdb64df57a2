import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FettleClient } from '../../client/client.ts'
import { applyEnvironment } from '../../core/config/apply-environment.ts'
import { FettleError, isRecord } from '../../core/errors.ts'
import { settingsError } from '../../store/home/read-settings.ts'
import { VERSION } from '../../platform/version.ts'
import { anchorSocket, daemonSocket } from '../../store/layout.ts'
import type { Home } from '../../store/layout.ts'
import type { Cli } from '../cli.ts'
import { Progress } from '../progress.ts'
import { findEnclosingRun } from './inside-run.ts'

const DAEMON_WITHIN_MS = 10_000
const LONGEST_PAUSE_MS = 50

export type DaemonStatus = Awaited<ReturnType<typeof readDaemonStatus>>

/** The daemon, started when it does not run: for verbs that act. */
export async function connectDaemon(cli: Cli): Promise<FettleClient> {
  refuseOtherPlatforms()
  const home = cli.makeHome()
  const client = new FettleClient({ socketPath: daemonSocket(home), surface: 'cli' })
  const status = (await tryStatus(client)) ?? (await startDaemon(cli, home, client))
  checkVersion(status)
  return client
}

/** The hands on a run are built of pidfds, splice and subreapers: without them nothing that fettle promises would hold. */
function refuseOtherPlatforms(): void {
  if (process.platform === 'linux') return
  throw new FettleError(
    'unsupported_platform',
    `fettle starts and stops jobs on Linux only; this is ${process.platform}`,
    {
      hint: 'Verbs that read (ps, logs, status, why) work on a copied state folder',
    },
  )
}

/** The daemon if it runs, else null: for verbs that read more with it and do without. */
export async function findDaemon(cli: Cli): Promise<FettleClient | null> {
  const client = new FettleClient({ socketPath: daemonSocket(cli.home), surface: 'cli' })
  const status = await tryStatus(client)
  return status !== null && status.version === VERSION ? client : null
}

export async function readDaemonStatus(client: FettleClient) {
  return await client.call('daemonStatus')
}

/** Null when nothing answers. */
export async function tryStatus(client: FettleClient): Promise<DaemonStatus | null> {
  try {
    return await readDaemonStatus(client)
  } catch (error) {
    if (error instanceof FettleError && error.code === 'daemon_unreachable') return null
    throw error
  }
}

/** Starts the anchor where there is none, has it start the daemon, and waits until that answers. */
export async function startDaemon(cli: Cli, home: Home, client: FettleClient): Promise<DaemonStatus> {
  // loaded only here: verbs that find a daemon have no need of SQLite
  const { checkEventsVersion } = await import('../../store/events/open-events-for-reading.ts')
  checkEventsVersion(home)
  applyEnvironment(cli.settings.settings, process.env)
  // Where good settings were once, the daemon goes on with them: a mistake in the file must not keep anybody from "kill".
  if (cli.settings.faults.length > 0 && cli.settings.from === 'defaults') throw settingsError(cli.settings)
  using progress = new Progress({ enabled: !cli.quiet && !cli.json, text: () => 'starting the daemon …' })
  const enclosing = findEnclosingRun(home)
  if (enclosing === null) {
    const { ensureAnchor } = await import('../../platform/linux/start-anchor.ts')
    await ensureAnchor(home)
  }
  // node:net takes longer to load than all else that a start does here: only who starts a daemon pays for it.
  const { askAnchor } = await import('./ask-anchor.ts')
  try {
    await askAnchor(anchorSocket(home), { op: 'daemon_start', binary: process.execPath })
  } catch (error) {
    if (enclosing === null || !(error instanceof FettleError) || error.code !== 'anchor_unreachable')
      throw error
    throw new FettleError(
      'daemon_unreachable',
      `Nothing of fettle answers, and a command inside run ${enclosing} starts none`,
      {
        hint: 'Type "fettle daemon start" outside of the run: what is started in here would end with it.',
        data: { run: enclosing },
      },
    )
  }
  const until = performance.now() + DAEMON_WITHIN_MS
  for (let pauseMs = 2; performance.now() < until; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const status = await tryStatus(client)
    if (status !== null) {
      progress[Symbol.dispose]()
      return status
    }
    await sleep(pauseMs)
  }
  throw notStarted(home)
}

function notStarted(home: Home): FettleError {
  const path = join(home.state, 'log', 'daemon.log')
  const tail = lastLines(path, 5)
  return new FettleError(
    'daemon_unreachable',
    `The daemon did not answer within ${DAEMON_WITHIN_MS / 1000} s`,
    {
      hint: tail.length === 0 ? `Its log ${path} is empty` : `Last lines of ${path}:\n${tail.join('\n')}`,
      data: { log: path, lines: tail },
    },
  )
}

function lastLines(path: string, count: number): string[] {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-count).map(shorten)
  } catch {
    // no log: then it never came as far as writing one
    return []
  }
}

/** A line of the daemon's log without its stack. */
function shorten(line: string): string {
  try {
    const record: unknown = JSON.parse(line)
    if (!isRecord(record)) return line
    const { at, level, message, error } = record
    const why = isRecord(error) ? `: ${String(error['message'])}` : ''
    return `${String(at)} ${String(level)} ${String(message)}${why}`
  } catch {
    // cut off by a kill: as it is
    return line
  }
}

function checkVersion(status: DaemonStatus): void {
  if (status.version === VERSION) return
  throw new FettleError(
    'version_mismatch',
    `The daemon is of version ${status.version}, this command of ${VERSION}`,
    {
      hint: 'fettle daemon restart: jobs run on meanwhile',
      data: { daemon: status.version, command: VERSION },
    },
  )
}
