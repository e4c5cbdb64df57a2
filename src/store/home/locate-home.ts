import { realpathSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { isErrno } from '../../platform/files/errno.ts'
import { networkFileSystemOf } from './network-file-system.ts'

export interface HomeOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** `--home DIR`: wins over `FETTLE_HOME`. */
  readonly flagHome?: string | null
  readonly uid: number
  /** Name of the network file system a path is on, null when local. */
  readonly networkFileSystemOf?: (path: string) => string | null
  readonly machineIdFiles?: readonly string[]
}

/** Where a home is, before anything was looked at in it. */
export interface HomeLocation {
  /** The one folder of `FETTLE_HOME`, null for the XDG folders. */
  readonly root: string | null
  readonly config: string
  /** Holds a folder per host id. */
  readonly stateBase: string
  /** Set when the state was moved to local disk. */
  readonly moved: MovedState | null
}

export interface MovedState {
  /** Where the state would be if that were a local disk. */
  readonly from: string
  readonly fileSystem: string
}

export function locateHome(options: HomeOptions): HomeLocation {
  const root = rootOf(options)
  const config =
    root === null ? join(xdg(options, 'XDG_CONFIG_HOME', '.config'), 'fettle') : join(root, 'config')
  const wanted =
    root === null ? join(xdg(options, 'XDG_STATE_HOME', '.local/state'), 'fettle') : join(root, 'state')
  const fileSystem = (options.networkFileSystemOf ?? networkFileSystemOf)(wanted)
  if (fileSystem === null) return { root, config, stateBase: wanted, moved: null }
  const key = new Bun.CryptoHasher('sha256').update(wanted).digest('hex').slice(0, 16)
  const stateBase = join('/var/tmp', `fettle-${options.uid}`, key)
  return { root, config, stateBase, moved: { from: wanted, fileSystem } }
}

function rootOf(options: HomeOptions): string | null {
  const given = options.flagHome ?? options.env['FETTLE_HOME'] ?? ''
  return given === '' ? null : followLinks(resolve(given))
}

/** XDG: a path that is not absolute is as good as none. */
function xdg(options: HomeOptions, name: string, fallback: string): string {
  const given = options.env[name] ?? ''
  if (isAbsolute(given)) return followLinks(resolve(given))
  const home = options.env['HOME'] ?? ''
  return followLinks(join(isAbsolute(home) ? home : process.getBuiltinModule('node:os').homedir(), fallback))
}

/** Where a person chose a folder that is a link, its target is meant: what we make inside is never followed. */
function followLinks(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return path
    throw error
  }
}
