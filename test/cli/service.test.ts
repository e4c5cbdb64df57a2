// Definitions of a service, as the programs that read them take them.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import { launchdPlist, systemdUnit } from '../../src/cli/service/units.ts'
import { fettleBinary } from '../support/binary.ts'
import { CliHome } from '../support/cli-home.ts'

const ODD = 'my $x %h "tools"'

test('systemd has nothing to say about the unit', async () => {
  await using cli = new CliHome()
  // systemd takes no quotes in the path of a program
  const folder = join(cli.work, ODD.replaceAll('"', ''))
  mkdirSync(folder)
  const binary = join(folder, 'fettle')
  writeFileSync(binary, '#!/bin/sh\n')
  chmodSync(binary, 0o755)
  const path = join(cli.work, 'fettle.service')
  writeFileSync(path, systemdUnit({ binary, environment: { FETTLE_HOME: join(cli.work, ODD) } }))
  const env = { ...cli.env, XDG_RUNTIME_DIR: cli.work }
  const { exitCode, stderr } = Bun.spawnSync(['systemd-analyze', 'verify', '--user', path], { env })
  expect(stderr.toString()).toBe('')
  expect(exitCode).toBe(0)
})

test('launchd reads the program and the environment', () => {
  const plist = launchdPlist({ binary: `/opt/${ODD}/fettle`, environment: { FETTLE_HOME: `/srv/<${ODD}>` } })
  const read = 'import json, plistlib, sys; print(json.dumps(plistlib.load(sys.stdin.buffer)))'
  const { stdout } = Bun.spawnSync(['python3', '-c', read], { stdin: Buffer.from(plist) })
  expect(JSON.parse(stdout.toString())).toEqual({
    Label: 'org.fettle.daemon',
    ProgramArguments: [`/opt/${ODD}/fettle`, 'daemon', 'start'],
    EnvironmentVariables: { FETTLE_HOME: `/srv/<${ODD}>` },
    RunAtLoad: true,
    AbandonProcessGroup: true,
  })
})

test('the unit starts this binary in the home of whoever asks, and printing it installs nothing', async () => {
  await using cli = new CliHome()
  const { out, code } = await cli.run(['daemon', 'install', '--print'], {
    env: { FETTLE_HOME: 'relative', XDG_STATE_HOME: '/somewhere/state', HOME: cli.work },
  })
  expect(code).toBe(0)
  expect(out).toContain(`ExecStart=${fettleBinary()} daemon start\n`)
  expect(out).toContain(`Environment=FETTLE_HOME=${join(cli.work, 'relative')}\n`)
  expect(out).toContain('Environment=XDG_STATE_HOME=/somewhere/state\n')
  expect(cli.read('.config/systemd/user/fettle.service')).toBeNull()
  expect((await cli.run(['daemon', 'status'])).code).toBe(3)
})
