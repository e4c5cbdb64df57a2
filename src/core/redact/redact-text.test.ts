import { expect, test } from 'bun:test'
import { isMasked, maskSecret } from './mask.ts'
import { redactText } from './redact-text.ts'
import { redactWindow } from './redact-window.ts'

// Made up here, so that nothing that looks like a key stands in the repository as a whole.
const DRAWN = 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0'
const HEX = '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0'
const UPPER = 'A1B2C3D4E5F6G7H8I9J0K1L2M3N4O5P6Q7R8S9T0A1B2C3D4E5F6G7H8I9J0'

const PREFIXES =
  'sk- sk-proj- sk-ant-api03- sk-or-v1- ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ xoxb- xoxp- xoxa- xoxr- xoxs- xapp- AIza ' +
  'sk_live_ sk_test_ rk_live_ SG. hf_ r8_ npm_ pypi- glpat- gldt- glrt- gsk_ xai- pplx- fc- tvly- exa_ fal_ am_ nvapi- ' +
  'dckr_pat_ ATATT3 GOCSPX- ya29. hvs. whsec_ lin_api_ glsa_ figd_ ntn_ sb_secret_ sq0atp- xkeysib- PMAK- lsv2_pt_ ' +
  'dp.pt. pscale_tkn_ mem0_'
const TOKENS: readonly string[] = [
  PREFIXES.split(' ').map((prefix) => prefix + DRAWN),
  ['dop_v1_', 'shpat_', 'sbp_', 'dapi', 'sk_', 'rubygems_'].map((prefix) => prefix + HEX),
  ['AKIA', 'ASIA'].map((prefix) => prefix + UPPER.slice(0, 16)),
  `AGE-SECRET-KEY-1${UPPER}`,
].flat()

test.each(TOKENS.map((token) => [token]))('a key is masked wherever it stands: %s', (token) => {
  const masked = maskSecret(token)
  expect(redactText(token)).toBe(masked)
  expect(redactText(`using ${token}, then`)).toBe(`using ${masked}, then`)
  expect(redactText(`("${token}")`)).toBe(`("${masked}")`)
  expect(redactText(String.raw`{"log":"a\n${token}\n"}`)).not.toContain(token)
  expect(redactText(`\u001b[32m${token}\u001b[0m`)).toBe(`\u001b[32m${masked}\u001b[0m`)
})

test.each(TOKENS.map((token) => [token]))('a key split by what is not seen is still one: %s', (token) => {
  for (const split of ['\u200b', '\u0000', '\u001b[0m', '\u00ad', '\u001b]0;title\u0007', '\u0008']) {
    for (const at of [1, 3, 7, token.length - 2]) {
      expect(redactText(`x ${token.slice(0, at)}${split}${token.slice(at)} y`)).toBe(
        `x ${maskSecret(token)} y`,
      )
    }
  }
})

const FIELDS: readonly (readonly [text: string, redacted: string])[] = [
  [`Authorization: Bearer ${DRAWN}`, 'Authorization: Bearer a1B2c3...s9T0'],
  ['Authorization: Bearer 12345678901234567', 'Authorization: Bearer ***'],
  ['authorization: Basic dXNlcjpwdw==', 'authorization: Basic ***'],
  ['> Proxy-Authorization: token abcdef123', '> Proxy-Authorization: token ***'],
  ['"Authorization": "Bearer abcdef123"', '"Authorization": "Bearer ***"'],
  [
    'Authorization: AWS4-HMAC-SHA256 Credential=AK/2024, Signature=ab12',
    'Authorization: AWS4-HMAC-SHA256 ***',
  ],
  ["curl -H 'X-Api-Key: abc123def'", "curl -H 'X-Api-Key: ***'"],
  ['x-api-key:abc123def', 'x-api-key:***'],
  ['{"api_key": "hunter2", "user": "x"}', '{"api_key": "***", "user": "x"}'],
  [String.raw`{\"password\": \"hun\\\"ter2\"}`, String.raw`{\"password\": \"***\"}`],
  ['{"password":"a\\"b c"}', '{"password":"***"}'],
  ["{'client_secret': 'x9'}", "{'client_secret': '***'}"],
  ['Config(db_password="hunter2", port=1)', 'Config(db_password="***", port=1)'],
  ['password: hunter2', 'password: ***'],
  ['  - accessToken: abc123def', '  - accessToken: ***'],
  ['login?user=x&token=abc&next=1', 'login?user=x&token=***&next=1'],
  ['user=x&password=hunter', 'user=x&password=***'],
  ['run --token abc123xyz --verbose', 'run --token *** --verbose'],
  ['run --password=hunter --verbose', 'run --password=*** --verbose'],
  ['API_KEY=abcdefgh make', 'API_KEY=*** make'],
  [`//registry.example.com/:_authToken=${DRAWN}`, '//registry.example.com/:_authToken=a1B2c3...s9T0'],
  ['aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPx', 'aws_secret_access_key = wJalrX.../bPx'],
  ['<password>hunter2</password>', '<password>***</password>'],
  ['postgres://u:p@ss@host:5432/db', 'postgres://u:***@host:5432/db'],
  ['redis://:hunter2@localhost:6379/0', 'redis://:***@localhost:6379/0'],
  ['mongodb+srv://me:pw@c.example.net/?w=1', 'mongodb+srv://me:***@c.example.net/?w=1'],
  [`https://${DRAWN}@github.com/x/y.git`, 'https://a1B2c3...s9T0@github.com/x/y.git'],
  [`https://x-access-token:${DRAWN}@github.com`, 'https://x-access-token:***@github.com'],
  [`bot123456789:AAH${DRAWN.slice(0, 32)}/getMe`, 'bot123456789:AAHa1B...o5P6/getMe'],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTYifQ.abcdef123456', 'eyJhbG...3456'],
  [`hooks.slack.com/services/T0000/B0000/${DRAWN}`, 'hooks.slack.com/services/T0000/...s9T0'],
]

test.each(FIELDS)('%s', (text, redacted) => {
  expect(redactText(text)).toBe(redacted)
  expect(redactText(redacted)).toBe(redacted)
})

const BODY = Array.from({ length: 4 }, (_, i) => `MIIEow${i}${DRAWN}${DRAWN}`.slice(0, 64)).join('\n')
const KEY = `-----BEGIN RSA PRIVATE KEY-----\n${BODY}\n-----END RSA PRIVATE KEY-----`

test('private keys go as a whole, also when half of one is there', () => {
  const mask = '[REDACTED PRIVATE KEY]'
  expect(redactText(`a\n${KEY}\nb`)).toBe(`a\n${mask}\nb`)
  expect(redactText(JSON.stringify({ key: KEY }))).toBe(`{"key":"${mask}"}`)
  expect(redactText(KEY.replace('-----END RSA PRIVATE KEY-----', 'done: 7'))).toBe(`${mask}\ndone: 7`)
  expect(redactText(`words\n${KEY.split('\n').slice(2).join('\n')}\nb`)).toBe(`words\n${mask}\nb`)
  expect(redactText(KEY.replaceAll('\n', '\n    '))).toBe(mask)
  const certificate = KEY.replaceAll('RSA PRIVATE KEY', 'CERTIFICATE')
  expect(redactText(certificate)).toBe(certificate)
  const prose = 'expected -----BEGIN PRIVATE KEY----- at line 1'
  expect(redactText(prose)).toBe(prose)
})

test('a listing of variables is masked by name', () => {
  const listing = (values: readonly string[]) => {
    const [pass = '', key = '', dsn = '', cookie = ''] = values
    return [
      'HOME=/root',
      `FOO_PASS=${pass}`,
      `STRIPE_KEY=${key}`,
      'SSH_AUTH_SOCK=/run/a',
      'PWD=/home/ann',
      'TOKEN_FILE=/a/b',
      `declare -x DB_DSN="${dsn}"`,
      `SESSION_COOKIE=$'${cookie}'`,
      'EMPTY_TOKEN=',
      'PATH=/a:/b',
    ].join('\n')
  }
  const text = listing(['x', '$plain words; more', 'a b', 'c d'])
  const redacted = listing(['***', '$plain...more', '***', '***'])
  for (const line of text.split('\n')) {
    if (!line.startsWith('declare')) expect(redactText(line)).toBe(line)
  }
  expect(redactText(text, { envDump: true })).toBe(redacted)
  expect(redactText(redacted, { envDump: true })).toBe(redacted)
})

const ORDINARY = `
commit 9fceb02d0ae598e95dc970b74767f19372d61af8
Author: Ann <ann@example.com>
      "integrity": "sha512-${DRAWN}${DRAWN}/${DRAWN}+AbCdEf==",
digest: sha256:${HEX}
id 123e4567-e89b-12d3-a456-426614174000 trace 0af7651916cd43dd8448eb211c80319c
url(data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ${DRAWN}${DRAWN}==)
//# sourceMappingURL=data:application/json;charset=utf-8;base64,eyJ2ZXJzaW9uIjozLCJmaWxlIjoieCJ9${DRAWN}
SyntaxError: Unexpected token: foo1234 at line 3, Unexpected token '<', "<!DOCTYPE"
  password: string; token?: Token; readonly apiKey: string | undefined
const token = getToken(); if (token == null) return this.token
password = self.password, secret=config.secret, key=lambda x: x, api_key=process.env.API_KEY
max_tokens: 4096 next_token=abc123def tokens=1204224 token_type: bearer01
npm_config_registry=https://registry.example.com npm_lifecycle_event=build npm_package_version=1.2.3
.sk-fading-circle12 .sk-cube-grid { } task-runner-with-a-long-name-12 fc-cache pypi-publish-action-v1-8
GET http://localhost:8080/path@2x.png http://127.0.0.1:3000/@vite/client ssh://git@github.com/x.git
--token TOKEN   the token to use      --password string   password      --token <t>
Enter password: incorrect password: try again. Authorization: required. token: invalid secret: rotation needed
cache key: linux-node-${HEX} cacheKey=linux-abc123 primary_key: user_id12 keyboard=us1234567
GITHUB_TOKEN: *** token: \${{ secrets.X }} password: \${DB_PASSWORD} "token": "<your-token>" secret=$SECRET
12:34:56:789 1699999999:da39a3ee5e6b4b0d3255bfef95601890afd80709 PASS src/auth.test.ts (12.3 s) tests_pass=12
class ListNode {} ; Bearer token required ; eyJ ; 'secret' is not defined ; secret/my-secret created
https://example.com/a?page=2&sort=key:asc user@host:/path  10.0.0.1:5432  [::1]:80
`

test('ordinary build logs are left as they are', () => {
  expect(redactText(ORDINARY).split('\n')).toEqual(ORDINARY.split('\n'))
})

test('hostile text takes no more time than its length', () => {
  const pieces = [
    'token=',
    'token="',
    'sk-a-',
    'AIza-',
    '\u0090',
    '\u001b]',
    'eyJa.',
    '://a:',
    'key',
    '\\',
    'A_',
  ]
  for (const piece of [...pieces, '-----END PRIVATE KEY-----', '-----BEGIN PRIVATE KEY-----', 'AAAA\n']) {
    // Quadratic work on so much text would take minutes and meet the runner's limit.
    const text = piece.repeat(Math.ceil(400_000 / piece.length))
    expect(redactText(`-----BEGIN PRIVATE KEY-----${text}`).length).toBeGreaterThan(0)
  }
})

test('each secret at each place round the borders of a slice: no part of it is read', () => {
  const secrets = [
    ...TOKENS,
    `Authorization: Bearer ${DRAWN}`,
    `postgres://u:${DRAWN}@h/db`,
    'password: hunter2xyz',
    KEY,
  ]
  for (const secret of secrets) {
    const whole = `one line\n${'.'.repeat(20)} ${secret} ${'.'.repeat(20)}\nlast line`
    const at = whole.indexOf(secret)
    const width = Math.max(30, Math.floor(secret.length / 2))
    for (let from = at - width; from <= at + secret.length + 1; from++) {
      const start = Math.max(0, from)
      const end = Math.min(whole.length, start + width)
      const before = whole.slice(0, start)
      const slice = redactWindow({ before, text: whole.slice(start, end), after: whole.slice(end) })
      const rest = redactWindow({ before: whole.slice(0, end), text: whole.slice(end), after: '' })
      expectHidden(slice, secret)
      expectHidden(slice + rest, secret)
    }
  }
})

/** No seven characters in a row of what is secret, which is what a mask may show at most. */
function expectHidden(shown: string, secret: string): void {
  const core = [DRAWN, 'hunter2xyz', HEX, UPPER.slice(0, 16)].find((part) => secret.includes(part)) ?? secret
  for (let at = 0; at + 7 <= core.length; at++) {
    const part = core.slice(at, at + 7)
    if (shown.includes(part))
      throw new Error(`"${part}" of "${secret}" can be read in ${JSON.stringify(shown)}`)
  }
}

test('the mask stands in the slice where the secret begins, *** where it goes on', () => {
  const token = TOKENS[0] ?? ''
  expect(redactWindow({ before: 'a ', text: token, after: ' b' })).toBe(maskSecret(token))
  expect(redactWindow({ before: 'a', text: ` ${token.slice(0, 9)}`, after: token.slice(9) })).toBe(
    ` ${maskSecret(token)}`,
  )
  expect(redactWindow({ before: `a ${token.slice(0, 9)}`, text: `${token.slice(9)} b`, after: '' })).toBe(
    '*** b',
  )
})

test('slices without secrets are what they were', () => {
  expect(redactWindow({ before: 'a\nb', text: 'c\nd', after: 'e\n' })).toBe('c\nd')
  expect(redactWindow({ before: '', text: '', after: '' })).toBe('')
})

test('masks', () => {
  expect(maskSecret('12345678901234567')).toBe('***')
  expect(maskSecret('123456789012345678')).toBe('123456...5678')
  expect(isMasked(maskSecret(DRAWN))).toBe(true)
})

/** Base64 without the platform, for values made here. */
const encoded = (text: string): string => Buffer.from(text).toString('base64')

test('what base64 of text holds is looked at; images, digests and text without secrets stay', () => {
  const secrets = [
    TOKENS[0] ?? '',
    `{"user": "ann", "password": "hunter2xyz", "n": 1}`,
    `machine example.com login ann\npassword: hunter2xyz\n`,
    `https://ann:hunter2xyz@example.com/`,
  ]
  for (const secret of secrets) {
    const word = encoded(secret)
    for (const around of [
      `data: ${word}`,
      `{"auth": "${word}"}`,
      `x=${word}&y=1`,
      word.replaceAll('+', '-').replaceAll('/', '_'),
    ]) {
      const redacted = redactText(around)
      for (let at = 6; at + 12 <= word.length; at++) expect(redacted).not.toContain(word.slice(at, at + 12))
      expect(redactText(redacted)).toBe(redacted)
    }
  }
  for (const plain of [
    '{"version":3,"file":"index.js","sources":["a.ts"]}',
    'just a sentence that was encoded',
    '\u0000PNG'.repeat(20),
  ]) {
    expect(redactText(`data:x;base64,${encoded(plain)}`)).toBe(`data:x;base64,${encoded(plain)}`)
  }
})

test('a listing of variables tells itself, whoever printed it', () => {
  const listing = `HOME=/root\nSTRIPE_KEY=abc def\nLANG=C\nAPP_AUTH=hunter2 x\nTERM=xterm`
  expect(redactText(listing)).toBe(`HOME=/root\nSTRIPE_KEY=***\nLANG=C\nAPP_AUTH=***\nTERM=xterm`)
  expect(redactText(`export LANG='C'\nexport STRIPE_KEY='abc def'`)).toBe(
    `export LANG='C'\nexport STRIPE_KEY='***'`,
  )
  expect(redactText('declare -x DB_DSN="a b"')).toBe('declare -x DB_DSN="***"')
  for (const code of [
    'CACHE_KEY=linux-node',
    'PATH=/bin\nexport CACHE_KEY=linux-$OS',
    'A=1\nSORT_KEY=id\nb=2',
    'x CACHE_KEY=a-1',
  ]) {
    expect(redactText(code)).toBe(code)
  }
})
