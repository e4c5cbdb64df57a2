import type { StartFailure } from '../core/run/outcome.ts'
import type { RunSpec } from '../core/run/spec.ts'
import { errnoOf } from '../platform/files/errno.ts'
import { errnoName, Open } from '../platform/linux/constants.ts'
import { closeFd, openFd } from '../platform/linux/descriptor.ts'
import { enterCgroup, ownCgroup } from '../platform/linux/cgroup.ts'
import { setNice, setOomScore, setOpenFilesLimit } from '../platform/linux/process-control.ts'
import { spawn, type FileAction } from '../platform/linux/spawn.ts'
import type { RunPaths } from '../store/layout.ts'
import { explainExec, lookUpProgram } from './look-up-program.ts'

/**
 * The run's first process inherits a read-write descriptor of each output FIFO here, which nothing reads: should
 * both hands die, a writer then waits instead of being killed by SIGPIPE. It also marks the run's processes.
 */
export const MARK_FD = 200

/** The kernel takes a run's processes before it takes their keeper. */
const OOM_SCORE = 200

export interface LeaderRequest {
  readonly spec: RunSpec
  readonly paths: RunPaths
  /** `/dev/pts/N`, null without a terminal. */
  readonly tty: string | null
  /** `K=V\0K=V\0…` */
  readonly env: Buffer
  /** The run's cgroup, where it has one. */
  readonly cgroup: string | null
  /** `ID/N`, told to the run so that a fettle inside it knows where it is. */
  readonly run: string
}

/** Pid of the started process, or where and why it could not be started. */
export function startLeader(request: LeaderRequest): number | StartFailure {
  const { spec } = request
  try {
    process.chdir(spec.cwd)
  } catch (error) {
    const errno = errnoOf(error) ?? 'EIO'
    return { stage: 'cwd', errno, message: `The directory ${spec.cwd} cannot be entered: ${errno}` }
  }
  try {
    const env = toEnvironment(request)
    const program = lookUpProgram(spec.argv[0] ?? '', pathOf(env))
    if (typeof program !== 'string') return program
    const pid = spawnWithTraits(request, { program, env })
    return pid > 0 ? pid : explainExec(program, errnoName(pid))
  } finally {
    process.chdir('/')
  }
}

/** umask and limits act on the keeper for the moment of the spawn: there is no other way to hand them on. */
function spawnWithTraits(request: LeaderRequest, options: { program: string; env: Buffer[] }): number {
  const { caller, limits, argv, argvBytes } = request.spec
  const [callerSoft, callerHard] = caller.openFiles
  const soft = limits.openFiles ?? callerSoft
  const hard = limits.openFiles ?? callerHard
  const own = setOpenFilesLimit(0, null)
  const umask = process.umask(caller.umask)
  if (own !== null) setOpenFilesLimit(0, [Math.min(soft, own[1]), own[1]])
  // Being in the group for the moment of the spawn means that the first process is born into it.
  const home = request.cgroup === null ? null : ownCgroup()
  if (request.cgroup !== null) enterCgroup(request.cgroup)
  // Its stdin may have been closed for good already: opening the pipe would wait for ever for somebody who writes.
  const writer = request.spec.stdin === 'pipe' ? openFd(request.paths.inFifo, Open.RDWR) : -1
  const pid = spawn({
    path: options.program,
    argv: argvBytes === null ? argv : argvBytes.map((text) => Buffer.from(text, 'base64')),
    env: options.env,
    files: leaderFiles(request),
    newSession: true,
    blocked: [],
  })
  if (writer >= 0) closeFd(writer)
  if (home !== null) enterCgroup(home)
  process.umask(umask)
  if (own !== null) setOpenFilesLimit(0, own)
  if (pid <= 0) return pid
  if (own !== null) setOpenFilesLimit(pid, [Math.min(soft, own[1]), Math.min(hard, own[1])])
  if (caller.nice !== 0) setNice(pid, caller.nice)
  setOomScore(pid, OOM_SCORE)
  return pid
}

function leaderFiles({ spec, paths, tty }: LeaderRequest): FileAction[] {
  const mark: FileAction[] = [{ kind: 'open', to: MARK_FD, path: paths.outFifo, flags: Open.RDWR }]
  if (tty !== null) {
    // Opened by a session leader without O_NOCTTY: it becomes the controlling terminal.
    return [
      { kind: 'open', to: 0, path: tty, flags: Open.RDWR },
      { kind: 'dup', from: 0, to: 1 },
      { kind: 'dup', from: 0, to: 2 },
      ...mark,
    ]
  }
  const stdin: FileAction =
    spec.stdin === 'pipe'
      ? { kind: 'open', to: 0, path: paths.inFifo, flags: Open.RDONLY }
      : { kind: 'open', to: 0, path: '/dev/null', flags: Open.RDONLY }
  const stderr: FileAction[] = spec.split
    ? [
        { kind: 'open', to: 2, path: paths.errFifo, flags: Open.WRONLY },
        { kind: 'open', to: MARK_FD + 1, path: paths.errFifo, flags: Open.RDWR },
      ]
    : [{ kind: 'dup', from: 1, to: 2 }]
  // Write-only: with a read-write end a program that reads its stderr would eat its own output.
  return [stdin, { kind: 'open', to: 1, path: paths.outFifo, flags: Open.WRONLY }, ...stderr, ...mark]
}

/** Entries of the block as bytes, without what must not be inherited, with what this run is called. */
function toEnvironment(request: LeaderRequest): Buffer[] {
  const entries: Buffer[] = []
  for (let from = 0; from < request.env.length;) {
    const zero = request.env.indexOf(0, from)
    const to = zero < 0 ? request.env.length : zero
    const entry = request.env.subarray(from, to)
    if (entry.length > 0 && !entry.toString('latin1').startsWith('FETTLE_RUN=')) entries.push(entry)
    from = to + 1
  }
  entries.push(Buffer.from(`FETTLE_RUN=${request.run}`))
  return entries
}

function pathOf(env: readonly Buffer[]): string | null {
  const entry = env.findLast((bytes) => bytes.toString('latin1').startsWith('PATH='))
  return entry === undefined ? null : entry.subarray(5).toString('utf8')
}
