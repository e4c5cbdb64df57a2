import { expect, test } from 'bun:test'
import { isEnvDumpCommand } from './env-dump.ts'
import { redactArgv } from './redact-argv.ts'

const DRAWN = 'a1B2c3D4e5F6g7H8i9J0'

test.each([
  [
    ['tool', '--token', 'xyz', '--verbose'],
    ['tool', '--token', '***', '--verbose'],
  ],
  [
    ['tool', '--password=abc', '-api-key', DRAWN],
    ['tool', '--password=***', '-api-key', 'a1B2c3...i9J0'],
  ],
  [
    ['tool', '--token', '--verbose'],
    ['tool', '--token', '--verbose'],
  ],
  [
    ['tool', '--token', '-dashed'],
    ['tool', '--token', '***'],
  ],
  [
    ['tool', '--token-file', '/a', '--no-password', 'x', '--max-tokens', '5'],
    ['tool', '--token-file', '/a', '--no-password', 'x', '--max-tokens', '5'],
  ],
  [
    ['env', 'FOO_PASS=q', 'A=b', 'make'],
    ['env', 'FOO_PASS=***', 'A=b', 'make'],
  ],
  [
    ['curl', '-u', 'me:pw', '-H', `Authorization: Bearer ${DRAWN}`, 'https://u:p@h/'],
    ['curl', '-u', 'me:***', '-H', 'Authorization: Bearer a1B2c3...i9J0', 'https://u:***@h/'],
  ],
  [
    ['/usr/bin/mysql', '-psecret', '-p', 'db'],
    ['/usr/bin/mysql', '-p***', '-p', 'db'],
  ],
  [
    ['docker', 'run', '-p', '80:80', 'x'],
    ['docker', 'run', '-p', '80:80', 'x'],
  ],
  [
    ['docker', 'login', '-u', 'me', '-p', 'pw'],
    ['docker', 'login', '-u', 'me', '-p', '***'],
  ],
  [
    ['sh', '-c', 'export DB_PASS=hunter; run --token $TOKEN'],
    ['sh', '-c', 'export DB_PASS=***; run --token $TOKEN'],
  ],
  [
    ['echo', 'plain words', 'src/token.ts'],
    ['echo', 'plain words', 'src/token.ts'],
  ],
])('%j', (argv, redacted) => {
  expect(redactArgv(argv)).toEqual(redacted)
})

test.each([
  [['env']],
  [['/usr/bin/env', '-0']],
  [['env', 'A=b']],
  [['printenv', 'HOME']],
  [['sh', '-c', 'cd /x && env | sort']],
  [['bash', '-lc', 'set']],
  [['bash', '-c', 'A=b export -p; ls']],
  [['cat', '/x/.env']],
  [['cat', '.env.local']],
  [['head', '-5', '/root/.bashrc']],
  [['grep', 'KEY', 'prod.env']],
  [['sudo', '-u', 'x', 'cat', '/root/.aws/credentials']],
  [['docker', 'exec', 'c', 'env']],
  [['ssh', 'host', 'cat ~/.env']],
  [['env', 'A=b', 'sh', '-c', 'printenv']],
])('lists variables: %j', (argv) => {
  expect(isEnvDumpCommand(argv)).toBe(true)
})

test.each([
  [[]],
  [['env', 'A=b', 'make']],
  [['cat', 'src/environment.ts']],
  [['npm', 'run', 'env']],
  [['sh', '-c', 'echo "env"; make set']],
  [['bash', 'set.sh']],
  [['docker', 'run', 'x', 'make']],
  [['node', '.env']],
])('lists none: %j', (argv) => {
  expect(isEnvDumpCommand(argv)).toBe(false)
})
