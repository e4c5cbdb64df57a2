import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRecord } from '../../src/core/errors.ts'
import { toOpenApi } from '../../src/daemon/transport/openapi.ts'
import { root } from '../toolchain.mjs'
import { apiPage } from './api-page.ts'
import { cliPage } from './cli-page.ts'
import { errorsPage } from './errors-page.ts'
import { eventsPage } from './events-page.ts'
import { jsonPage } from './json-page.ts'

/** Path relative to the root → text, of every page that is made from the sources. */
export async function generatedPages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['docs/reference/cli.md', await cliPage()],
    ['docs/reference/errors.md', errorsPage()],
    ['docs/reference/events.md', eventsPage()],
    ['docs/reference/api.md', apiPage()],
    ['docs/reference/openapi.json', `${JSON.stringify(toOpenApi(version()), null, 1)}\n`],
    ['docs/reference/json.md', jsonPage()],
  ])
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  if (!isRecord(manifest) || typeof manifest['version'] !== 'string')
    throw new Error('package.json has no version')
  return manifest['version']
}
