import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { FettleError } from '../../core/errors.ts'
import type { Cli } from '../cli.ts'
import { LAUNCHD_LABEL, launchdPlist, systemdUnit } from './units.ts'

interface Service {
  readonly path: string
  readonly text: string
  /** Commands that turn it on and off. */
  readonly on: readonly (readonly string[])[]
  readonly off: readonly (readonly string[])[]
  /** What the person should know. */
  readonly advice: readonly string[]
}

export function installService(cli: Cli, options: { print: boolean }): number {
  const service = describeService()
  if (options.print) {
    cli.out(service.text)
    return 0
  }
  mkdirSync(dirname(service.path), { recursive: true })
  writeFileSync(service.path, service.text)
  runAll(service.on)
  if (cli.json) cli.data({ installed: service.path })
  else cli.line(`installed: ${service.path}`)
  for (const line of service.advice) cli.say(line)
  return 0
}

export function uninstallService(cli: Cli): number {
  const service = describeService()
  const there = existsSync(service.path)
  if (there) {
    runAll(service.off)
    rmSync(service.path, { force: true })
  }
  if (cli.json) cli.data({ removed: there ? service.path : null })
  else cli.line(there ? `removed: ${service.path}; jobs run on` : 'no service of fettle is installed')
  return 0
}

function describeService(): Service {
  const environment = homeVariables()
  const binary = process.execPath
  switch (process.platform) {
    case 'linux': {
      const config = process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config')
      return {
        path: join(config, 'systemd', 'user', 'fettle.service'),
        text: systemdUnit({ binary, environment }),
        on: [
          ['systemctl', '--user', 'daemon-reload'],
          ['systemctl', '--user', 'enable', '--now', 'fettle.service'],
        ],
        off: [['systemctl', '--user', 'disable', 'fettle.service']],
        advice: [
          'without "loginctl enable-linger" systemd ends all your processes when you log out, jobs included',
        ],
      }
    }
    case 'darwin':
      return {
        path: join(homedir(), 'Library', 'LaunchAgents', `${LAUNCHD_LABEL}.plist`),
        text: launchdPlist({ binary, environment }),
        on: [
          ['launchctl', 'load', '-w', join(homedir(), 'Library', 'LaunchAgents', `${LAUNCHD_LABEL}.plist`)],
        ],
        off: [
          ['launchctl', 'unload', '-w', join(homedir(), 'Library', 'LaunchAgents', `${LAUNCHD_LABEL}.plist`)],
        ],
        advice: [],
      }
    default:
      throw new FettleError('unsupported_platform', `fettle knows no service manager of ${process.platform}`)
  }
}

/** Variables of the caller by which a home is found; `FETTLE_HOME` may be relative to where the caller stands. */
function homeVariables(): Record<string, string> {
  const { FETTLE_HOME } = process.env
  const found = FETTLE_HOME === undefined ? {} : { FETTLE_HOME: resolve(FETTLE_HOME) }
  const others = ['FETTLE_HOST_ID', 'XDG_CONFIG_HOME', 'XDG_STATE_HOME'].flatMap((name) => {
    const value = process.env[name]
    return value === undefined || value === '' ? [] : [[name, value] as const]
  })
  return { ...found, ...Object.fromEntries(others) }
}

function runAll(commands: readonly (readonly string[])[]): void {
  for (const [program = '', ...args] of commands) {
    const result = spawnSync(program, args, { encoding: 'utf8' })
    if (result.status === 0) continue
    const why = result.error?.message ?? result.stderr.trim()
    throw new FettleError('could_not_verify', `"${[program, ...args].join(' ')}" failed: ${why}`)
  }
}
