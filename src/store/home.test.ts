import { afterEach, beforeEach, expect, test } from 'bun:test'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { currentUid } from '../platform/files/ensure-private-dir.ts'
import { createHome, readHome } from './home.ts'
import { networkFileSystemOf, mountTypeOf } from './home/network-file-system.ts'
import { anchorSocket, daemonSocket, keeperSocket } from './layout.ts'

let base: string
const made: string[] = []

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'fettle-home-')))
})

afterEach(() => {
  rmSync(base, { recursive: true, force: true })
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true })
})

function create(env: Record<string, string | undefined>, more: object = {}) {
  const home = createHome({ env, ...more })
  made.push(home.runtime)
  return home
}

function codeOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'none'
  }
  return 'nothing thrown'
}

test('FETTLE_HOME puts config and state under one folder, private', () => {
  const root = join(base, 'h')
  const home = create({ FETTLE_HOME: root })
  expect(home.config).toBe(join(root, 'config'))
  expect(home.state).toBe(join(root, 'state', home.hostId))
  for (const path of [root, home.config, home.state, join(home.state, 'jobs'), home.runtime]) {
    expect(lstatSync(path).mode & 0o777).toBe(0o700)
  }
  expect(readHome({ env: { FETTLE_HOME: root } })).toEqual(home)
})

test('reading makes nothing', () => {
  const root = join(base, 'absent')
  const home = readHome({ env: { FETTLE_HOME: root } })
  expect(home.exists).toBe(false)
  expect(existsSync(root)).toBe(false)
  expect(home.hostId).toMatch(/^[0-9a-f]{16}$/)
})

test('any two callers meet whatever their XDG_RUNTIME_DIR', () => {
  const xdg = join(base, 'x')
  mkdirSync(xdg, { mode: 0o700 })
  const env = { FETTLE_HOME: join(base, 'h') }
  const first = create({ ...env, XDG_RUNTIME_DIR: xdg })
  expect(first.runtime.startsWith(join(xdg, 'fettle'))).toBe(true)
  expect(create(env).runtime).toBe(first.runtime)
  expect(readHome({ env }).runtime).toBe(first.runtime)
  // The folder went (cleaned up), its base is still there: the same again.
  rmSync(first.runtime, { recursive: true })
  expect(create(env).runtime).toBe(first.runtime)
  expect(existsSync(join(first.runtime, 'k'))).toBe(true)
})

test('when the base is gone a new one is agreed on, and stays', () => {
  const xdg = join(base, 'x')
  mkdirSync(xdg, { mode: 0o700 })
  const env = { FETTLE_HOME: join(base, 'h') }
  const first = create({ ...env, XDG_RUNTIME_DIR: xdg })
  rmSync(xdg, { recursive: true })
  const second = create(env)
  expect(second.runtime).not.toBe(first.runtime)
  mkdirSync(xdg, { mode: 0o700 })
  expect(create({ ...env, XDG_RUNTIME_DIR: xdg }).runtime).toBe(second.runtime)
  expect(readdirSync(second.state).filter((name) => name.startsWith('runtime')).length).toBe(2)
})

test('a copied state folder is another home', () => {
  const one = create({ FETTLE_HOME: join(base, 'one') })
  cpSync(join(base, 'one'), join(base, 'two'), { recursive: true })
  chmodTree(join(base, 'two'))
  expect(create({ FETTLE_HOME: join(base, 'two') }).runtime).not.toBe(one.runtime)
})

test('a home in the place of a deleted one, its inode included, does not meet it', () => {
  const env = { FETTLE_HOME: join(base, 'h') }
  const first = create(env)
  // The same folder emptied: what a new one with the same inode looks like.
  for (const name of readdirSync(first.state)) rmSync(join(first.state, name), { recursive: true })
  expect(create(env).runtime).not.toBe(first.runtime)
})

function chmodTree(dir: string): void {
  chmodSync(dir, 0o700)
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) chmodTree(join(dir, entry.name))
  }
}

test('socket paths fit under 108 bytes for long homes and long XDG_RUNTIME_DIRs', () => {
  const long = join(base, 'a'.repeat(150))
  const xdg = join(base, 'r'.repeat(80))
  mkdirSync(xdg, { mode: 0o700 })
  const home = create({ FETTLE_HOME: long, XDG_RUNTIME_DIR: xdg })
  const sockets = [keeperSocket(home, 'proc_0123456789ab', 999_999), daemonSocket(home), anchorSocket(home)]
  for (const path of sockets) expect(Buffer.byteLength(path)).toBeLessThan(108)
})

test('a wide folder, a link and a folder of another user are refused', () => {
  const root = join(base, 'h')
  mkdirSync(root, { mode: 0o700 })
  chmodSync(root, 0o755)
  expect(codeOf(() => create({ FETTLE_HOME: root }))).toBe('home_refused')
  chmodSync(root, 0o700)
  mkdirSync(join(base, 'elsewhere'), { mode: 0o700 })
  symlinkSync(join(base, 'elsewhere'), join(root, 'state'))
  expect(codeOf(() => create({ FETTLE_HOME: root }))).toBe('home_refused')
  expect(existsSync(join(base, 'elsewhere', 'host-id'))).toBe(false)
})

test('XDG folders and their defaults', () => {
  const env = { HOME: base, XDG_STATE_HOME: 'relative/is/ignored' }
  const home = readHome({ env })
  expect(home.config).toBe(join(base, '.config/fettle'))
  expect(home.state).toBe(join(base, '.local/state/fettle', home.hostId))
  expect(readHome({ env: { ...env, XDG_CONFIG_HOME: '/c' }, flagHome: null }).config).toBe('/c/fettle')
  expect(readHome({ env: { FETTLE_HOME: '/a' }, flagHome: '/b' }).config).toBe('/b/config')
})

test('a machine without an id gets one and keeps it; a given one wins and is checked', () => {
  const env = { FETTLE_HOME: join(base, 'h') }
  const none = { machineIdFiles: [join(base, 'nowhere')] }
  expect(readHome({ env, ...none }).hostId).toBe('none')
  const first = create(env, none)
  expect(first.hostId).toMatch(/^[0-9a-f]{16}$/)
  expect(create(env, none).hostId).toBe(first.hostId)
  expect(create({ ...env, FETTLE_HOST_ID: 'rack-7' }).hostId).toBe('rack-7')
  expect(codeOf(() => readHome({ env: { ...env, FETTLE_HOST_ID: '../x' } }))).toBe('bad_value')
})

test('state of a home on a network file system goes to local disk', () => {
  const env = { FETTLE_HOME: join(base, 'h') }
  const home = create(env, { networkFileSystemOf: () => 'nfs' })
  made.push(join(home.state, '..'))
  expect(home.state.startsWith(`/var/tmp/fettle-${currentUid()}/`)).toBe(true)
  expect(home.moved).toEqual({ from: join(base, 'h/state'), fileSystem: 'nfs' })
  expect(home.config).toBe(join(base, 'h/config'))
})

test('file systems are told by the mount that holds the path', () => {
  expect(networkFileSystemOf(join(base, 'not/there'))).toBe(null)
  const mountinfo = [
    '1 0 8:1 / / rw - ext4 /dev/a rw',
    String.raw`2 1 0:9 / /mnt/far\040away rw - fuse.sshfs h: rw`,
    '3 1 0:8 / /mnt rw - tmpfs t rw',
  ].join('\n')
  expect(mountTypeOf(mountinfo, '/mnt/far away/x')).toBe('fuse.sshfs')
  expect(mountTypeOf(mountinfo, '/mnt/far')).toBe('tmpfs')
  expect(mountTypeOf(mountinfo, '/mntx')).toBe('ext4')
})

test('a damaged runtime record is passed over', () => {
  const env = { FETTLE_HOME: join(base, 'h') }
  const home = create(env)
  writeFileSync(join(home.state, 'runtime.json'), '{"format":1')
  const again = create(env)
  expect(create(env).runtime).toBe(again.runtime)
  expect(readHome({ env }).runtime).toBe(again.runtime)
})
