import { accessSync, constants, openSync, readSync, closeSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { StartFailure } from '../core/run/outcome.ts'
import { errnoOf } from '../platform/files/errno.ts'

const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin'

/** Path of the program that `name` means in the run's own PATH, or why there is none. */
export function lookUpProgram(name: string, path: string | null): string | StartFailure {
  if (name === '') return failure('ENOENT', 'The command is empty')
  if (name.includes('/')) return check(name) ?? name
  let refused: StartFailure | null = null
  for (const folder of (path ?? DEFAULT_PATH).split(':')) {
    const candidate = join(folder === '' ? '.' : folder, name)
    const wrong = check(candidate)
    if (wrong === null) return candidate
    if (wrong.errno !== 'ENOENT') refused ??= wrong
  }
  return refused ?? failure('ENOENT', `Command not found: ${name} is in no folder of PATH`)
}

function check(path: string): StartFailure | null {
  let stat
  try {
    stat = statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    // A folder that may not be entered, say: the next one of PATH may do.
    const errno = errnoOf(error) ?? 'EACCES'
    return failure(errno, `${path} cannot be looked at: ${errno}`)
  }
  if (stat === undefined) return failure('ENOENT', `There is no file ${path}`)
  if (!stat.isFile()) return failure('EACCES', `${path} is no file that can be run`)
  try {
    accessSync(path, constants.X_OK)
    return null
  } catch {
    // The only question was whether it may be run.
    return failure('EACCES', `${path} is not executable (chmod +x ${path})`)
  }
}

/** What exec's own errno means for a file that is there and executable. */
export function explainExec(path: string, errno: string): StartFailure {
  if (errno === 'ENOEXEC') {
    return { stage: 'exec', errno, message: `${path} has no #! line and is no program: run it with a shell` }
  }
  const interpreter = errno === 'ENOENT' ? readInterpreter(path) : null
  if (interpreter !== null) {
    return { stage: 'lookup', errno, message: `The interpreter of ${path} is missing: ${interpreter}` }
  }
  return { stage: 'exec', errno, message: `${path} cannot be run: ${errno}` }
}

/** null when there is none, or when the program may be run and not read. */
function readInterpreter(path: string): string | null {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    return null
  }
  try {
    const head = Buffer.alloc(256)
    const text = head.subarray(0, readSync(fd, head)).toString('latin1')
    return text.startsWith('#!') ? (/^#!\s*(\S+)/.exec(text)?.[1] ?? null) : null
  } finally {
    closeSync(fd)
  }
}

function failure(errno: string, message: string): StartFailure {
  return { stage: 'lookup', errno, message }
}
