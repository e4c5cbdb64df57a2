import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FettleError } from '../../core/errors.ts'
import { errnoOf } from '../../platform/files/errno.ts'
import { isAlive, readIdentity } from '../../platform/linux/processes.ts'
import { readHome } from '../../store/home.ts'
import { readAnchor } from '../daemon/ask-anchor.ts'

const ENDED_WITHIN_MS = 10_000

/** A home of its own in the folder for temporary files. */
export interface ThrowawayHome {
  readonly root: string
  readonly siteDir: string
  readonly env: Readonly<Record<string, string>>
}

export function makeThrowawayHome(): ThrowawayHome {
  const root = mkdtempSync(join(tmpdir(), 'fettle-quickstart-'))
  const siteDir = join(root, 'site')
  mkdirSync(siteDir)
  writeFileSync(join(siteDir, 'index.html'), '<h1>served by a job of fettle</h1>\n')
  return { root, siteDir, env: { FETTLE_HOME: join(root, 'home') } }
}

/** Removes the home and its sockets, once nothing of it runs any more. */
export async function removeThrowawayHome(home: ThrowawayHome): Promise<void> {
  const found = readHome({ env: { ...process.env, ...home.env } })
  if (found.exists) {
    await anchorEnded(found.runtime)
    rmSync(found.runtime, { recursive: true, force: true })
    removeIfEmpty(dirname(found.runtime))
  }
  rmSync(home.root, { recursive: true, force: true })
}

/** The anchor ends by itself a moment after its last caller has gone; to ask it again would hold it back. */
async function anchorEnded(runtime: string): Promise<void> {
  const anchor = await readAnchor({ runtime })
  const identity = anchor === null ? null : readIdentity(anchor.pid)
  const until = performance.now() + ENDED_WITHIN_MS
  while (identity !== null && isAlive(identity)) {
    if (performance.now() > until) {
      throw new FettleError(
        'could_not_verify',
        `The anchor of the quickstart (pid ${identity.pid}) has not ended`,
      )
    }
    await sleep(20)
  }
}

/** Other homes of this user keep their sockets in the same place. */
function removeIfEmpty(dir: string): void {
  try {
    rmdirSync(dir)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno !== 'ENOTEMPTY' && errno !== 'EEXIST' && errno !== 'ENOENT') throw error
  }
}
