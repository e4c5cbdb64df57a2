import { readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import type { Identity } from '../../core/identity/identity.ts'
import { bootId } from '../clock.ts'
import { isErrno } from '../files/errno.ts'

/** What `/proc/PID/stat` says, as far as anyone here asks. */
export interface ProcessStat {
  readonly pid: number
  readonly command: string
  readonly state: string
  readonly ppid: number
  readonly session: number
  readonly ttyNumber: number
  readonly cpuTicks: number
  readonly startTicks: number
  readonly rssPages: number
  /** Raw wait status, field 52: filled in for a zombie one may trace or owns. */
  readonly waitStatus: number
}

/** The command may hold spaces and parentheses: fields count from the last `)`. */
export function parseProcStat(text: string): ProcessStat | null {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open < 0 || close < 0) return null
  const fields = text.slice(close + 2).split(' ')
  const field = (n: number): number => Number(fields[n - 3])
  const stat = {
    pid: Number(text.slice(0, open)),
    command: text.slice(open + 1, close),
    state: fields[0] ?? '',
    ppid: field(4),
    session: field(6),
    ttyNumber: field(7),
    cpuTicks: field(14) + field(15),
    startTicks: field(22),
    rssPages: field(24),
    waitStatus: field(52),
  }
  return Number.isInteger(stat.pid) && Number.isInteger(stat.startTicks) ? stat : null
}

/** null when there is no such process. */
export function readProcStat(pid: number): ProcessStat | null {
  try {
    return parseProcStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ESRCH')) return null
    throw error
  }
}

export function readIdentity(pid: number): Identity | null {
  const stat = readProcStat(pid)
  return stat === null ? null : { bootId: bootId(), pid, startTicks: stat.startTicks }
}

/** Alive: the very process, and not a zombie. */
export function isAlive(identity: Identity): boolean {
  if (identity.bootId !== bootId()) return false
  const stat = readProcStat(identity.pid)
  return stat !== null && stat.startTicks === identity.startTicks && stat.state !== 'Z' && stat.state !== 'X'
}

export function listProcesses(): ProcessStat[] {
  const found: ProcessStat[] = []
  for (const name of readdirSync('/proc')) {
    const first = name.charCodeAt(0)
    if (first < 48 || first > 57) continue
    const stat = readProcStat(Number(name))
    if (stat !== null) found.push(stat)
  }
  return found
}

/** Everyone who descends from one of `roots`, without the roots. */
export function descendantsOf(roots: ReadonlySet<number>, all: readonly ProcessStat[]): ProcessStat[] {
  const children = new Map<number, ProcessStat[]>()
  for (const stat of all) {
    const siblings = children.get(stat.ppid)
    if (siblings === undefined) children.set(stat.ppid, [stat])
    else siblings.push(stat)
  }
  const found: ProcessStat[] = []
  const seen = new Set(roots)
  const queue = [...roots]
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    for (const child of children.get(pid) ?? []) {
      if (seen.has(child.pid)) continue
      seen.add(child.pid)
      found.push(child)
      queue.push(child.pid)
    }
  }
  return found
}

/**
 * Whether the process holds the file with this device and inode open for writing. A keeper and its anchor hold the
 * same FIFOs for reading only. False when it cannot be seen: no evidence is no claim.
 */
export function holdsForWriting(pid: number, file: { readonly dev: number; readonly ino: number }): boolean {
  let names: string[]
  try {
    names = readdirSync(`/proc/${pid}/fd`)
  } catch {
    // Gone, or another user's.
    return false
  }
  return names.some((name) => {
    try {
      const stat = statSync(`/proc/${pid}/fd/${name}`)
      if (stat.ino !== file.ino || stat.dev !== file.dev) return false
      const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${name}`, 'latin1'))?.[1]
      return flags !== undefined && (Number.parseInt(flags, 8) & 3) !== 0
    } catch {
      // Closed between the listing and the look.
      return false
    }
  })
}

/** Whether this is fettle itself at work: an anchor, a keeper or a daemon is never part of a run. */
export function isOwnProgram(pid: number, verbs: ReadonlySet<string> = OWN_VERBS): boolean {
  const argv = readArguments(pid)
  return (
    argv[0] === 'fettle' &&
    argv.some((word) => verbs.has(word)) &&
    readExecutable(pid) === readExecutable('self')
  )
}

const OWN_VERBS: ReadonlySet<string> = new Set(['__anchor', '__keeper', '__daemon'])

function readArguments(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    // Gone, or another user's: not known to be ours.
    return []
  }
}

/** The command line for people, arguments joined by spaces; the name in brackets where there is none. */
export function readCommandLine(pid: number, fallback: string): string {
  try {
    const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    return text === '' ? `[${fallback}]` : text
  } catch {
    // Gone meanwhile; the name from the listing is what is known.
    return `[${fallback}]`
  }
}

/** What a descriptor of another process stands for: a path, `socket:[…]`, …; null when it cannot be told. */
export function readDescriptorPath(pid: number, fd: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`)
  } catch {
    // Gone, closed, or another user's.
    return null
  }
}

/** Where `/proc/self/exe` of another process points, null when it cannot be told. */
function readExecutable(pid: number | 'self'): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`)
  } catch {
    // Gone, or another user's.
    return null
  }
}
