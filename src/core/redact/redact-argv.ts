import { MASK, maskSecret } from './mask.ts'
import { redactWords } from './redact-text.ts'
import { isSecretName } from './secret-names.ts'

/**
 * argv with its secrets masked, element by element, so that it can still be quoted and read. Here the notation is
 * certain: what stands behind `--token`, in the same element or the next, is the token.
 */
export function redactArgv(argv: readonly string[]): string[] {
  const known = SHORT_FLAGS.get(programName(argv)) ?? NO_SHORT_FLAG
  const redacted: string[] = []
  /** The flag whose value comes next. */
  let waiting: Flag | null = null
  for (const [at, element] of argv.entries()) {
    if (waiting !== null && !/^--[A-Za-z]/.test(element)) {
      redacted.push(maskValue(element, waiting.hasUser))
      waiting = null
      continue
    }
    const flag = at === 0 ? null : secretFlag(element, known)
    waiting = flag?.value === null ? flag : null
    if (flag === null) redacted.push(redactWords(element))
    else redacted.push(flag.value === null ? element : flag.head + maskValue(flag.value, flag.hasUser))
  }
  return redacted
}

/** The short flag of a program that takes a password. */
interface ShortFlag {
  readonly flag: string
  /** `-pSECRET` in one element. */
  readonly joined: boolean
  /** `-p SECRET` in two; where not, the flag alone asks for it. */
  readonly apart: boolean
  readonly hasUser: boolean
}

const NO_SHORT_FLAG: ShortFlag = { flag: '', joined: false, apart: false, hasUser: false }
const MYSQL: ShortFlag = { flag: '-p', joined: true, apart: false, hasUser: false }
const APART: ShortFlag = { flag: '-p', joined: false, apart: true, hasUser: false }

const SHORT_FLAGS: ReadonlyMap<string, ShortFlag> = new Map([
  ['mysql', MYSQL],
  ['mysqldump', MYSQL],
  ['mysqladmin', MYSQL],
  ['mariadb', MYSQL],
  ['sshpass', { ...MYSQL, apart: true }],
  ['redis-cli', { ...APART, flag: '-a' }],
  ['mongo', APART],
  ['mongosh', APART],
  ['docker login', APART],
  ['podman login', APART],
  ['curl', { flag: '-u', joined: true, apart: true, hasUser: true }],
])

interface Flag {
  readonly head: string
  /** Null when the next element is the value. */
  readonly value: string | null
  /** The value is `user:password`. */
  readonly hasUser: boolean
}

function secretFlag(element: string, short: ShortFlag): Flag | null {
  const [, head = '', name = '', separator = '', value = ''] =
    /^(--?([A-Za-z][\w.-]*))([=:]?)([\s\S]*)$/.exec(element) ?? []
  const hasUser = short.hasUser && (name === 'user' || name === 'proxy-user')
  if (isSecretName(name) || hasUser) {
    if (separator === '') return value === '' ? { head, value: null, hasUser } : null
    return { head: head + separator, value, hasUser }
  }
  if (short.flag === '' || !element.startsWith(short.flag)) return null
  if (element === short.flag)
    return short.apart ? { head: element, value: null, hasUser: short.hasUser } : null
  return short.joined
    ? { head: short.flag, value: element.slice(short.flag.length), hasUser: short.hasUser }
    : null
}

function maskValue(value: string, hasUser: boolean): string {
  // A name of a variable, not expanded, is not its value.
  if (value === '' || /^\$[A-Za-z_{]/.test(value)) return value
  const at = hasUser ? value.indexOf(':') : -1
  return at === -1 ? maskSecret(value) : `${value.slice(0, at)}:${MASK}`
}

/** `docker login` and `docker run` read `-p` differently. */
function programName(argv: readonly string[]): string {
  const path = argv[0] ?? ''
  const name = path.slice(path.lastIndexOf('/') + 1)
  return argv[1] === 'login' ? `${name} login` : name
}
