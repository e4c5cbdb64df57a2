import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../harness/binary.ts'

/** Pinned: figures of another version are other figures. */
export const PM2_VERSION = '7.0.4'

const PEERS_DIR = join(root, 'build', 'bench-peers')
const SYSTEM_FOLDERS = ['/usr/local/bin', '/usr/bin', '/bin']

export interface Peer {
  readonly command: string
  readonly version: string
}

/** null for a peer that could not be had; the page says so. */
export interface Peers {
  readonly tmux: Peer | null
  readonly pm2: Peer | null
  readonly supervisord: Peer | null
}

const INSTALL_TIMEOUT_MS = 180_000

/** Installs what is missing and can be installed. */
export function findPeers(say: (text: string) => void): Peers {
  const missing = ['tmux', 'supervisord'].filter((command) => which(command) === null)
  if (missing.length > 0) installPackages(missing, say)
  if (!existsSync(pm2Command())) installPm2(say)
  return {
    tmux: toPeer(which('tmux'), ['-V']),
    pm2: toPeer(existsSync(pm2Command()) ? pm2Command() : null, ['--version']),
    supervisord: toPeer(which('supervisord'), ['--version']),
  }
}

function installPackages(commands: readonly string[], say: (text: string) => void): void {
  const packages = commands.map((command) => (command === 'supervisord' ? 'supervisor' : command))
  if (process.getuid?.() !== 0 || which('apt-get') === null) {
    say(`missing and not to be installed by this user: ${packages.join(', ')}`)
    return
  }
  const install = (): boolean =>
    run(['apt-get', 'install', '-y', '--no-install-recommends', ...packages], { noServices: true })
  if (!install()) {
    run(['apt-get', 'update'], { noServices: false })
    if (!install()) say(`apt-get could not install ${packages.join(', ')}`)
  }
}

function installPm2(say: (text: string) => void): void {
  const argv = ['npm', 'install', '--prefix', PEERS_DIR, '--no-audit', '--no-fund', `pm2@${PM2_VERSION}`]
  if (!run([...argv, '--no-save', '--ignore-scripts'], { noServices: false }))
    say('npm could not install pm2')
}

/** `noServices`: Debian's supervisor would otherwise start a supervisord of its own at once. */
function run(argv: readonly string[], { noServices }: { readonly noServices: boolean }): boolean {
  return Bun.spawnSync([...argv], {
    env: {
      ...process.env,
      DEBIAN_FRONTEND: 'noninteractive',
      ...(noServices ? { RUNLEVEL: '1' } : {}),
    },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'inherit',
    timeout: INSTALL_TIMEOUT_MS,
  }).success
}

function pm2Command(): string {
  return join(PEERS_DIR, 'node_modules', 'pm2', 'bin', 'pm2')
}

function which(command: string): string | null {
  return SYSTEM_FOLDERS.map((folder) => join(folder, command)).find((path) => existsSync(path)) ?? null
}

function toPeer(command: string | null, args: readonly string[]): Peer | null {
  if (command === null) return null
  const result = Bun.spawnSync([command, ...args], { stdin: 'ignore', timeout: 30_000, env: peerProbeEnv() })
  if (!result.success) return null
  const version = /\d[\w.]*/.exec(result.stdout.toString().split('\n').at(-2) ?? '')?.[0] ?? 'unknown'
  return { command, version }
}

/** pm2 writes into its home whatever it is asked. */
function peerProbeEnv(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: PEERS_DIR, PM2_HOME: join(PEERS_DIR, 'probe') }
}
