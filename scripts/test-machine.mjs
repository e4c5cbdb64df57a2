// What the tests need of the machine: Debian packages, an ordinary user, a place that user can read.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { programs } from './passes.mjs'
import { binaryPath, root } from './toolchain.mjs'

export const isRoot = process.getuid?.() === 0
const TEST_USER = 'fettle-test'
/** Not copied for the tests: history, products, and node_modules, which is linked. */
const NOT_COPIED = new Set(['.git', 'node_modules', 'build', 'dist'])

/** As root: a caller's own folders are often closed to the ordinary user. */
const SYSTEM_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** The caller's PATH without what npm put in front. */
const callerPath = () =>
  (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))

const searchPath = () => (isRoot ? SYSTEM_PATH : [...new Set([...callerPath(), ...SYSTEM_PATH])])

/** @param {string} command */
const isOnPath = (command) => searchPath().some((folder) => existsSync(join(folder, command)))

const missingPrograms = () => programs.filter((program) => !program.commands.some(isOnPath))

/**
 * Installs the missing ones when it can.
 * @returns {string[]} commands still missing
 */
export function ensurePrograms() {
  const packages = missingPrograms().map((program) => program.package)
  if (packages.length > 0 && isRoot && isOnPath('apt-get')) {
    const install = () =>
      spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...packages], {
        stdio: 'inherit',
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      }).status === 0
    if (!install()) {
      spawnSync('apt-get', ['update'], { stdio: 'inherit' })
      install()
    }
  }
  return missingPrograms().map((program) => program.commands.join(' or '))
}

/** @typedef {{ name: string, uid: number, gid: number }} User */

/** @returns {User | undefined} */
function findTestUser() {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${TEST_USER}:`))
  if (line === undefined) return undefined
  const [name = '', , uid, gid] = line.split(':')
  return { name, uid: Number(uid), gid: Number(gid) }
}

/**
 * The user stays afterwards: another run of the tests may be using it.
 * @returns {User | undefined} undefined when it is not there and cannot be made
 */
function ensureTestUser() {
  const found = findTestUser()
  if (found !== undefined) return found
  spawnSync('useradd', ['--no-create-home', '--shell', '/bin/bash', TEST_USER], {
    stdio: 'inherit',
    env: { ...process.env, PATH: SYSTEM_PATH.join(delimiter) },
  })
  return findTestUser()
}

/**
 * Where one `npm test` happens. As root it holds a copy of the clone, because the clone may lie in a folder only root can enter.
 * @typedef {object} Bench
 * @property {string} folder  temporary; its path in a process's environment marks the process as ours
 * @property {string} clone
 * @property {User | undefined} ordinary
 * @property {() => void} refreshBinary  brings dist/fettle to where the passes look for it
 * @property {() => void} remove
 */

/** @returns {Bench} */
export function createBench() {
  // short: socket paths under it must stay below 108 bytes
  const folder = mkdtempSync(join(tmpdir(), 'ft-'))
  chmodSync(folder, 0o755)
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  if (!isRoot) {
    const { username, uid, gid } = userInfo()
    return { folder, clone: root, ordinary: { name: username, uid, gid }, refreshBinary: () => {}, remove }
  }
  const ordinary = ensureTestUser()
  const clone = join(folder, 'clone')
  mkdirSync(clone)
  for (const name of readdirSync(root)) {
    if (!NOT_COPIED.has(name)) cpSync(join(root, name), join(clone, name), { recursive: true })
  }
  makeReadable(clone)
  copyModules(join(clone, 'node_modules'), ordinary)
  const refreshBinary = () => {
    if (!existsSync(binaryPath)) return
    mkdirSync(join(clone, 'dist'), { recursive: true })
    copyFileSync(binaryPath, join(clone, 'dist', 'fettle'))
    chmodSync(join(clone, 'dist', 'fettle'), 0o755)
  }
  return { folder, clone, ordinary, refreshBinary, remove }
}

/**
 * node_modules is large: hard links where the file system allows and the user can read them, a copy where not.
 * @param {string} to
 * @param {User | undefined} user
 */
function copyModules(to, user) {
  const from = join(root, 'node_modules')
  const canRun = () =>
    spawnSync(join(to, 'bun', 'bin', 'bun.exe'), ['--version'], { cwd: '/', uid: user?.uid, gid: user?.gid })
      .status === 0
  if (spawnSync('cp', ['-al', from, to], { stdio: 'ignore' }).status === 0 && canRun()) return
  rmSync(to, { recursive: true, force: true })
  if (spawnSync('cp', ['-a', from, to], { stdio: 'inherit' }).status !== 0) {
    throw new Error(`cannot copy ${from} to ${to}`)
  }
  makeReadable(to)
}

/**
 * A clone made under umask 077 is closed to others, and so is its copy.
 * @param {string} path
 */
function makeReadable(path) {
  const stat = lstatSync(path)
  if (stat.isSymbolicLink()) return
  chmodSync(path, stat.mode | (stat.isDirectory() ? 0o555 : 0o444) | (stat.mode & 0o100 ? 0o111 : 0))
  if (stat.isDirectory()) for (const name of readdirSync(path)) makeReadable(join(path, name))
}

/**
 * A fresh HOME, runtime folder and temporary folder, and nothing of the caller's environment but PATH and CI.
 * @param {Bench} bench
 * @param {string} passName
 * @param {User} user
 * @param {Record<string, string>} env
 * @returns {NodeJS.ProcessEnv}
 */
export function passEnvironment(bench, passName, user, env) {
  const base = join(bench.folder, passName.replaceAll(/\W+/g, '-'))
  const folders = { HOME: join(base, 'home'), XDG_RUNTIME_DIR: join(base, 'run'), TMPDIR: join(base, 'tmp') }
  for (const folder of [base, ...Object.values(folders)]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (isRoot) chownSync(folder, user.uid, user.gid)
  }
  return {
    PATH: testPath(bench),
    ...folders,
    USER: user.name,
    LOGNAME: user.name,
    SHELL: '/bin/bash',
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    NO_COLOR: '1',
    ...(process.env['CI'] === undefined ? {} : { CI: process.env['CI'] }),
    ...env,
  }
}

/**
 * With the Node that runs this script, in a place the user can enter.
 * @param {Bench} bench
 */
function testPath(bench) {
  const bin = join(bench.folder, 'bin')
  if (!existsSync(bin)) {
    mkdirSync(bin, { mode: 0o755 })
    if (isRoot) copyFileSync(process.execPath, join(bin, 'node'))
    else symlinkSync(process.execPath, join(bin, 'node'))
  }
  return [bin, ...searchPath()].join(delimiter)
}

/** @returns {User} */
export const callerUser = () => {
  const { username, uid, gid } = userInfo()
  return { name: username, uid, gid }
}

/**
 * Processes that carry the bench's path in their environment.
 * @param {Bench} bench
 * @returns {{ pid: number, command: string }[]}
 */
export function findStrays(bench) {
  const strays = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue
    const read = (/** @type {string} */ file) => {
      try {
        return readFileSync(`/proc/${name}/${file}`, 'utf8')
      } catch {
        return '' // ended meanwhile, or another user's
      }
    }
    if (!read('environ').includes(`${bench.folder}/`)) continue
    strays.push({ pid: Number(name), command: read('cmdline').replaceAll('\0', ' ').trim() })
  }
  return strays
}
