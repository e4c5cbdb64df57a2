import { accessSync, chmodSync, constants, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { formatSize } from '../../core/parse/size.ts'
import { errnoOf } from '../../platform/files/errno.ts'
import { whyNotPrivate } from '../../platform/files/ensure-private-dir.ts'
import type { FoundHome } from '../../store/home.ts'
import type { Finding } from './finding.ts'

const LITTLE_SPACE_BYTES = 256 * 1024 * 1024

export function checkFolders(home: FoundHome): Finding[] {
  if (!home.exists) {
    return [
      {
        level: 'note',
        check: 'folders',
        text: `${home.state} is not there yet; the first "fettle run" makes it`,
      },
    ]
  }
  const findings = [home.state, join(home.state, 'jobs'), home.runtime].flatMap((path) => checkFolder(path))
  if (home.moved !== null) {
    findings.push({
      level: 'note',
      check: 'folders',
      text: `${home.moved.from} is on a network file system (${home.moved.fileSystem}): state is kept in ${home.state}`,
    })
  }
  return [...findings, ...checkSpace(home.state)]
}

function checkFolder(path: string): Finding[] {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    return [{ level: 'note', check: 'folders', text: `${path} is not there; it is made when it is needed` }]
  }
  const why = whyNotPrivate(path)
  if (why !== null) {
    const text = `${path}: ${why}, a folder of this user alone with mode 0700 was expected`
    if (!why.startsWith('its mode')) return [{ level: 'problem', check: 'folders', text }]
    return [
      {
        level: 'problem',
        check: 'folders',
        text,
        repair: {
          plan: `chmod 700 ${path}`,
          run: async () => {
            chmodSync(path, 0o700)
            return await Promise.resolve(`${path} has mode 0700`)
          },
        },
      },
    ]
  }
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    return [
      {
        level: 'problem',
        check: 'folders',
        text: `${path} cannot be written (${errnoOf(error) ?? 'unknown'})`,
      },
    ]
  }
  return [{ level: 'ok', check: 'folders', text: path }]
}

function checkSpace(path: string): Finding[] {
  const { bavail, bsize } = statfsSync(path)
  const freeBytes = bavail * bsize
  const text = `${formatSize(freeBytes)} free where output is kept`
  return [{ level: freeBytes < LITTLE_SPACE_BYTES ? 'problem' : 'ok', check: 'disk', text }]
}
