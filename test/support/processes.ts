import { existsSync, readFileSync } from 'node:fs'
import type { Identity } from '../../src/core/identity/identity.ts'
import { isAlive, readIdentity } from '../../src/platform/linux/processes.ts'
import { until } from './until.ts'

/** Identity of the process that has written its pid into the file. */
export async function readPidFile(path: string): Promise<Identity> {
  return until(() => (existsSync(path) ? readIdentity(Number(readFileSync(path, 'utf8'))) : null), {
    what: `a living process named in ${path}`,
  })
}

export async function gone(identity: Identity): Promise<void> {
  await until(() => !isAlive(identity), { what: `process ${identity.pid} to be gone` })
}

export { isAlive }
