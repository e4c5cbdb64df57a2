import { join } from 'node:path'
import { FettleError } from '../../core/errors.ts'
import { createAtomic, readTextFile } from '../../platform/files/write-atomic.ts'

const MACHINE_ID_FILES = ['/etc/machine-id', '/var/lib/dbus/machine-id'] as const
const GIVEN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

export interface HostIdSource {
  /** `FETTLE_HOST_ID`: wins over everything, for containers of one image that share a folder. */
  readonly given: string | undefined
  readonly uid: number
  readonly machineIdFiles?: readonly string[]
}

/**
 * Which host this is to its records: the machine id hashed with the uid, so that it can be shown and sent without
 * giving the machine id away. Null where the machine has none (most containers): then one is made and kept.
 */
export function hostIdOf(source: HostIdSource): string | null {
  if (source.given !== undefined && source.given !== '') return checkGiven(source.given)
  for (const file of source.machineIdFiles ?? MACHINE_ID_FILES) {
    const id = readTextFile(file)?.trim() ?? ''
    // Systemd writes `uninitialized` while an image is being made.
    if (/^[0-9a-f]{32}$/.test(id)) return hashOf(`${id}:${source.uid}`)
  }
  return null
}

/** The host id kept in the state base folder, null when none has been made. */
export function readKeptHostId(stateBase: string): string | null {
  const kept = readTextFile(join(stateBase, 'host-id'))?.trim() ?? ''
  return GIVEN.test(kept) ? kept : null
}

/** Makes a host id and keeps it; of several callers at once all get the same. */
export function keepHostId(stateBase: string): string {
  const made = hashOf(crypto.getRandomValues(new Uint8Array(32)).toHex())
  createAtomic(join(stateBase, 'host-id'), `${made}\n`, { fsync: true })
  return readKeptHostId(stateBase) ?? damagedHostId(stateBase)
}

function checkGiven(given: string): string {
  if (GIVEN.test(given)) return given
  throw new FettleError(
    'bad_value',
    'FETTLE_HOST_ID must be 1 to 64 letters, digits, dots, dashes or underscores',
    {
      data: { given },
    },
  )
}

function hashOf(text: string): string {
  return new Bun.CryptoHasher('sha256').update(`fettle-host:${text}`).digest('hex').slice(0, 16)
}

function damagedHostId(stateBase: string): never {
  const path = join(stateBase, 'host-id')
  throw new FettleError(
    'store_damaged',
    `Cannot use the host id in ${path}: it is not letters, digits, dots and dashes`,
    {
      hint: 'Remove the file to have one made, or set FETTLE_HOST_ID.',
      data: { path },
    },
  )
}
