import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FettleError } from '../../core/errors.ts'
import { closeFd } from './descriptor.ts'
import { connectUnix } from './sockets.ts'
import { handEnvironment, spawnFailure, spawnSelf } from './spawn.ts'
import { reapChild } from './wait.ts'

const DEADLINE_MS = 10_000
const LOOK_EVERY_MS = 5

export interface AnchorHome {
  readonly state: string
  readonly runtime: string
  readonly hostId: string
}

/** Anchors that this process has started and that may have to be reaped. */
const started = new Set<number>()

/**
 * Makes sure that the home has an anchor: returns once one answers at its socket. Two callers at once start two, of
 * which one finds the lock taken and ends. Throws `anchor_unreachable` after 10 s.
 */
export async function ensureAnchor(home: AnchorHome): Promise<void> {
  const socket = join(home.runtime, 'anchor.sock')
  if (isListening(socket)) return
  started.add(startAnchor(home))
  const until = performance.now() + DEADLINE_MS
  while (performance.now() < until) {
    for (const child of started) if (reapChild(child) !== null) started.delete(child)
    if (isListening(socket)) return
    await sleep(LOOK_EVERY_MS)
  }
  throw new FettleError(
    'anchor_unreachable',
    `The anchor did not answer at ${socket} within ${DEADLINE_MS / 1000} s`,
    {
      hint: 'Look at the log with "fettle daemon status"; "fettle doctor" checks the installation.',
    },
  )
}

/** What anchor and keepers have to say goes to one log: nothing, as long as nothing is wrong. */
function startAnchor(home: AnchorHome): number {
  mkdirSync(join(home.state, 'log'), { recursive: true, mode: 0o700 })
  const log = openSync(join(home.state, 'log', 'anchor.log'), 'a', 0o600)
  const pid = spawnSelf({
    args: ['__anchor', home.state, home.runtime, home.hostId],
    files: new Map([[2, log]]),
    env: handEnvironment(process.env),
  })
  closeSync(log)
  if (pid < 0) throw spawnFailure('the anchor', pid)
  return pid
}

function isListening(socket: string): boolean {
  const fd = connectUnix(socket)
  if (fd < 0) return false
  closeFd(fd)
  return true
}
