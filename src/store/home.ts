import { lstatSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { FettleError } from '../core/errors.ts'
import { currentUid, ensurePrivateDir } from '../platform/files/ensure-private-dir.ts'
import { hostIdOf, keepHostId, readKeptHostId } from './home/host-id.ts'
import { locateHome, type HomeLocation, type HomeOptions, type MovedState } from './home/locate-home.ts'
import { agreeOnRuntimeDir, chooseRuntimeDir, readRuntimeDir } from './home/runtime-dir.ts'
import type { Home } from './layout.ts'

export interface FoundHome extends Home {
  /** Whether the state folder is there. Where it is not, everything reads as empty. */
  readonly exists: boolean
  /** Set when the state lies on local disk because its folder is on a network file system. */
  readonly moved: MovedState | null
}

export type FindHomeOptions = Omit<HomeOptions, 'uid'>

/**
 * The home as it is, for verbs that read: nothing is made, and a home that is not there reads as empty. Another
 * user's home may be read as far as the kernel allows.
 */
export function readHome(options: FindHomeOptions): FoundHome {
  const uid = currentUid()
  const location = locateHome({ ...options, uid })
  const hostId = findHostId(options, location, uid)
  const state = join(location.stateBase, hostId ?? 'none')
  const exists = statSync(state, { throwIfNoEntry: false })?.isDirectory() ?? false
  const bases = { env: options.env, uid }
  return {
    config: location.config,
    state,
    runtime: exists ? readRuntimeDir(state, bases) : chooseRuntimeDir(bases, 'none'),
    hostId: hostId ?? 'none',
    exists,
    moved: location.moved,
  }
}

/**
 * The home, made where it is missing, for verbs that write. Throws `home_refused` when a folder of it is open to
 * others, is a link, or belongs to another user (`sudo fettle` in a person's home writes nothing there).
 */
export function createHome(options: FindHomeOptions): FoundHome {
  const uid = currentUid()
  const location = locateHome({ ...options, uid })
  if (location.root !== null) ensurePrivateDir(location.root)
  if (location.moved !== null) ensurePrivateDir(join('/var/tmp', `fettle-${uid}`))
  ensurePrivateDir(location.stateBase)
  ensureConfigDir(location.config, uid)
  const hostId = findHostId(options, location, uid) ?? keepHostId(location.stateBase)
  const state = join(location.stateBase, hostId)
  ensurePrivateDir(state)
  for (const folder of ['jobs', 'lock', 'log']) ensurePrivateDir(join(state, folder))
  const runtime = agreeOnRuntimeDir(state, { env: options.env, uid })
  ensureRuntimeDir(runtime)
  return { config: location.config, state, runtime, hostId, exists: true, moved: location.moved }
}

/** Makes the folder of the sockets again: a new boot or a cleaner of `/tmp` may have taken it away. */
export function ensureRuntimeDir(runtime: string): void {
  ensurePrivateDir(join(runtime, '..'))
  ensurePrivateDir(runtime)
  ensurePrivateDir(join(runtime, 'k'))
}

function findHostId(options: FindHomeOptions, location: HomeLocation, uid: number): string | null {
  const files = options.machineIdFiles
  const source = {
    given: options.env['FETTLE_HOST_ID'],
    uid,
    ...(files === undefined ? {} : { machineIdFiles: files }),
  }
  return hostIdOf(source) ?? readKeptHostId(location.stateBase)
}

/**
 * Settings hold no secret and are often a link into a repository of dot files, open for reading: what matters is
 * that nobody else can write them.
 */
function ensureConfigDir(path: string, uid: number): void {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) {
    ensurePrivateDir(path)
    return
  }
  const stat = statSync(path, { throwIfNoEntry: false })
  const why =
    stat === undefined || !stat.isDirectory()
      ? 'it is not a folder'
      : stat.uid !== uid
        ? `it belongs to uid ${stat.uid}, this is uid ${uid}`
        : (stat.mode & 0o022) !== 0
          ? 'others can write it'
          : null
  if (why === null) return
  throw new FettleError('home_refused', `Cannot use the settings in ${path}: ${why}`, { data: { path, why } })
}
