import { expect, test } from 'bun:test'
import { launchdPlist, systemdUnit } from './units.ts'

test('the unit leaves jobs alone when it is stopped, and quotes what needs it', () => {
  const unit = systemdUnit({
    binary: '/opt/my $x tools/fettle',
    environment: { FETTLE_HOME: '/srv/100%', XDG_STATE_HOME: '/a "b"\\$c' },
  })
  const lines = unit.split('\n')
  for (const line of [
    'ExecStart="/opt/my $x tools/fettle" daemon start',
    'ExecStop="/opt/my $x tools/fettle" daemon stop',
    'Environment=FETTLE_HOME=/srv/100%%',
    'Environment="XDG_STATE_HOME=/a \\"b\\"\\\\$c"',
    'KillMode=process',
    'OOMPolicy=continue',
    'Delegate=yes',
    'TasksMax=infinity',
    'Restart=on-failure',
  ]) {
    expect(lines).toContain(line)
  }
})

test('the plist escapes what XML would take for markup', () => {
  const plist = launchdPlist({ binary: '/a&b/fettle', environment: { FETTLE_HOME: '/<x>' } })
  expect(plist).toContain('<string>/a&amp;b/fettle</string>')
  expect(plist).toContain('<string>/&lt;x&gt;</string>')
})
