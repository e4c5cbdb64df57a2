/** Where such a name may stand: parts of the words below, and the names a home's settings add. */
let hint = /pass|pwd|secret|token|key|cred|auth|jwt|cookie|dsn|salt|pem|_pat|_pin/gi
const STANDARD_HINT = hint.source
let ownNames: ReadonlySet<string> = new Set()

export function secretHint(): RegExp {
  return hint
}

/** Names of further secrets, from the settings of a home; once per process, before anything is redacted. */
export function useSecretNames(names: readonly string[]): void {
  const split = names.map(splitName)
  ownNames = new Set(split.map((words) => words.join('_')))
  hint = new RegExp([STANDARD_HINT, ...split.map((words) => words.join('[-_. ]?'))].join('|'), 'gi')
}

/** Whether a field, flag or variable of this name holds a secret. */
export function isSecretName(name: string): boolean {
  const words = splitName(name)
  if (ownNames.has(words.join('_'))) return true
  const last = words.at(-1)
  if (last === undefined) return false
  const before = words.at(-2)
  if (before !== undefined && NOT_SECRET_BEFORE.has(before)) return false
  if (words[0] === 'no' || words[0] === 'without') return false
  if (SECRET_WORDS.has(last)) return true
  if (before === undefined) return false
  if (last === 'key' || last === 'keys') return KEY_OWNERS.has(before)
  return last === 'pass' || last === 'pwd' || (last === 'auth' && words[0] === '')
}

/** The wider net for a listing of the environment, where every name is one somebody gave to a value. */
export function isSecretVariable(name: string): boolean {
  if (isSecretName(name)) return true
  const words = splitName(name)
  if (words.some((word) => NEVER_SECRET.has(word))) return false
  const last = words.at(-1) ?? ''
  if (words.length > 1 && VARIABLE_WORDS.has(last)) return true
  return words.some((word) => SECRET_WORDS.has(word) && word !== 'auth') && !DESCRIBING.has(last)
}

/** `githubApiKey`, `GITHUB_API_KEY`, `github-api-key` → github, api, key; a leading separator is an empty word. */
export function splitName(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .split(/[-_. ]/)
}

const SECRET_WORDS: ReadonlySet<string> = new Set([
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'secret',
  'secrets',
  'token',
  'apikey',
  'apitoken',
  'authtoken',
  'accesstoken',
  'secretkey',
  'accesskey',
  'privatekey',
  'credential',
  'credentials',
  'authorization',
  'jwt',
  'userpass',
  'dbpassword',
  'clientsecret',
])

/** Whose key it is decides: a cache key or a primary key is no secret. */
const KEY_OWNERS: ReadonlySet<string> = new Set([
  'api',
  'access',
  'secret',
  'private',
  'signing',
  'encryption',
  'master',
  'auth',
  'account',
  'service',
  'license',
  'app',
  'client',
  'shared',
  'storage',
  'role',
])

/** `next_token` is a page, `max_token` a limit, `public_token` meant to be seen. */
const NOT_SECRET_BEFORE: ReadonlySet<string> = new Set([
  'next',
  'page',
  'continuation',
  'max',
  'min',
  'num',
  'public',
  'eos',
  'bos',
  'pad',
  'unk',
  'sep',
  'cls',
  'mask',
  'special',
  'unexpected',
  'cancellation',
  'cancel',
  'old',
  'invalid',
  'no',
  'missing',
  'per',
])

const VARIABLE_WORDS: ReadonlySet<string> = new Set([
  'key',
  'keys',
  'tokens',
  'pass',
  'pwd',
  'auth',
  'cookie',
  'dsn',
  'cred',
  'creds',
  'pat',
  'pin',
  'salt',
  'pem',
])

const NEVER_SECRET: ReadonlySet<string> = new Set(['public', 'keyboard', 'keymap', 'sock', 'no', 'max'])

/** `TOKEN_FILE`, `SECRET_NAME`, `PASSWORD_MIN_LENGTH` tell of a secret and hold none. */
const DESCRIBING: ReadonlySet<string> = new Set([
  'file',
  'path',
  'dir',
  'name',
  'id',
  'type',
  'url',
  'uri',
  'length',
  'ttl',
  'expiry',
  'expires',
  'timeout',
  'enabled',
  'limit',
  'count',
  'size',
  'age',
  'store',
  'helper',
  'command',
  'endpoint',
  'region',
  'provider',
  'version',
])
