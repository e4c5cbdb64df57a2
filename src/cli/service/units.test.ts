import { expect, test } from 'bun:test'
import { launchdPlist, systemdUnit } from './units.ts'

test('the unit leaves jobs alone when it is stopped, and quotes what needs it', () => {
  const unit = systemdUnit({ binary: '/opt/my tools/fettle', home: '/srv/100%' })
  expect(unit).toContain('ExecStart="/opt/my tools/fettle" daemon start\n')
  expect(unit).toContain('Environment=FETTLE_HOME=/srv/100%%\n')
  for (const line of [
    'KillMode=process',
    'OOMPolicy=continue',
    'Delegate=yes',
    'TasksMax=infinity',
    'Restart=on-failure',
  ]) {
    expect(unit.split('\n')).toContain(line)
  }
})

test('the plist escapes what XML would take for markup', () => {
  expect(launchdPlist({ binary: '/a&b/fettle', home: null })).toContain('<string>/a&amp;b/fettle</string>')
})
