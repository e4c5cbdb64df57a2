import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = dirname(dirname(import.meta.dirname))

/** The built binary; `FETTLE_TEST_BINARY` names another one, such as a build that was broken on purpose. */
export function fettleBinary(): string {
  const path = process.env['FETTLE_TEST_BINARY'] ?? join(root, 'dist', 'fettle')
  if (!existsSync(path)) throw new Error(`There is no ${path}: build it first (npm run build)`)
  return path
}
