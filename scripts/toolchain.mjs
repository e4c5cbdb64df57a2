// The tools the scripts stand on: where they are, whether they are the pinned ones, how they get here.
// Runs on plain Node, because before `npm ci` there is nothing else.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** @typedef {{ version?: string, optional?: boolean, link?: boolean }} LockEntry */

/**
 * @param {string} file
 * @returns {Record<string, LockEntry> | undefined}
 */
function readLock(file) {
  if (!existsSync(file)) return undefined
  const lock = /** @type {{ packages?: Record<string, LockEntry> }} */ (
    JSON.parse(readFileSync(file, 'utf8'))
  )
  return lock.packages
}

/**
 * npm keeps a lock of what it really installed; it must agree with the one in the repository.
 * Packages of other platforms are optional and may be missing.
 * @returns {string | undefined} why the installation is stale, or undefined when it is not
 */
export function staleInstall() {
  const wanted = readLock(join(root, 'package-lock.json'))
  if (wanted === undefined) return 'package-lock.json is missing'
  const installed = readLock(join(root, 'node_modules', '.package-lock.json'))
  if (installed === undefined) return 'node_modules is missing'
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue
    const found = installed[path]
    if (found === undefined && entry.optional === true) continue
    if (found === undefined || !existsSync(join(root, path))) return `${path} is missing`
    if (found.version !== entry.version) return `${path} is ${found.version}, wanted ${entry.version}`
  }
  return undefined
}

/** Installs what package-lock.json says if it is not there, and makes sure that bun runs. */
export function ensureInstalled() {
  const why = staleInstall()
  if (why !== undefined) {
    console.log(`npm ci (${why})`)
    // dev and optional hold bun itself: a caller's NODE_ENV=production must not leave them out
    const ci = spawnSync('npm', ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'], {
      cwd: root,
      stdio: 'inherit',
    })
    if (ci.status !== 0) throw new Error(`npm ci failed (${ci.error?.message ?? `exit code ${ci.status}`})`)
  }
  if (bunVersion() !== undefined) return
  // npm was told not to run install scripts: bun's own one links the platform package's binary into place
  spawnSync(process.execPath, [join(root, 'node_modules', 'bun', 'install.js')], {
    cwd: join(root, 'node_modules', 'bun'),
    stdio: 'inherit',
  })
  if (bunVersion() === undefined) throw new Error(`${bunPath} does not run on this machine`)
}

export const bunPath = join(root, 'node_modules', 'bun', 'bin', 'bun.exe')

function bunVersion() {
  const probe = spawnSync(bunPath, ['--version'], { encoding: 'utf8' })
  return probe.status === 0 ? probe.stdout.trim() : undefined
}

/** @param {string} name */
export function toolPath(name) {
  return name === 'bun' ? bunPath : join(root, 'node_modules', '.bin', name)
}

/** Everything that goes into the binary, or decides how it is made. */
const BINARY_INPUTS = ['src', 'scripts/build.ts', 'package.json', 'package-lock.json']

/** @param {string} path */
function newestMtimeMs(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  // a folder's own time counts: it changes when a file in it is deleted or renamed
  let newest = stat.mtimeMs
  for (const name of readdirSync(path)) newest = Math.max(newest, newestMtimeMs(join(path, name)))
  return newest
}

export const binaryPath = join(root, 'dist', 'fettle')

export function staleBinary() {
  const built = statSync(binaryPath, { throwIfNoEntry: false })
  if (built === undefined) return true
  return BINARY_INPUTS.some((input) => newestMtimeMs(join(root, input)) > built.mtimeMs)
}
