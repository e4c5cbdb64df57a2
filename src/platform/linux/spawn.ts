import { ptr } from 'bun:ffi'
import { cString, libc } from './libc.ts'
import { errnoName, Open } from './constants.ts'
import { closeFd, duplicateFd } from './descriptor.ts'
import { SIGCHLD, SIGPIPE, signalSet } from './signals.ts'

/** How a descriptor of the new process comes to be, in order. */
export type FileAction =
  | { readonly kind: 'dup'; readonly from: number; readonly to: number }
  | { readonly kind: 'open'; readonly to: number; readonly path: string; readonly flags: number }

export interface SpawnRequest {
  readonly path: string
  readonly argv: readonly (string | Uint8Array)[]
  /** `K=V` entries as bytes or text. */
  readonly env: readonly (string | Uint8Array)[]
  readonly files: readonly FileAction[]
  /** A session of its own: no terminal of ours, no signal meant for us. */
  readonly newSession: boolean
  /** Signals the process starts with blocked; everything else is at its default. */
  readonly blocked: readonly number[]
}

const SETSIGMASK = 8
const SETSIGDEF = 4
const SETSID = 0x80
/** glibc: 80 and 336 bytes on x86-64; there is room for other layouts. */
const FILE_ACTIONS_BYTES = 256
const ATTRIBUTES_BYTES = 512

/** posix_spawn(3). The pid, or an errno below zero. argv and environment are bytes: nothing is re-encoded. */
export function spawn(request: SpawnRequest): number {
  const argv = stringArray(request.argv)
  const env = stringArray(request.env)
  const path = cString(request.path)
  const attributes = new Uint8Array(ATTRIBUTES_BYTES)
  const actions = new Uint8Array(FILE_ACTIONS_BYTES)
  // With the C library's own two (32 and 33), which posix_spawn would otherwise leave ignored.
  const all = signalSet(Array.from({ length: 64 }, (_, i) => i + 1))
  const mask = signalSet(request.blocked)
  libc.posix_spawnattr_init(attributes)
  libc.posix_spawnattr_setflags(attributes, SETSIGMASK | SETSIGDEF | (request.newSession ? SETSID : 0))
  libc.posix_spawnattr_setsigdefault(attributes, all)
  libc.posix_spawnattr_setsigmask(attributes, mask)
  libc.posix_spawn_file_actions_init(actions)
  for (const file of request.files) addFile(actions, file)
  const pid = new Int32Array(1)
  const errno = libc.posix_spawn(pid, path, actions, attributes, argv.pointers, env.pointers)
  libc.posix_spawn_file_actions_destroy(actions)
  // The pointers' targets must outlive the call.
  keepAlive(argv, env, path)
  return errno === 0 ? (pid[0] ?? -1) : -errno
}

function addFile(actions: Uint8Array, file: FileAction): void {
  if (file.kind === 'dup') libc.posix_spawn_file_actions_adddup2(actions, file.from, file.to)
  // glibc copies the path at once.
  else libc.posix_spawn_file_actions_addopen(actions, file.to, cString(file.path), file.flags, 0)
}

interface StringArray {
  readonly bytes: Buffer
  readonly pointers: BigUint64Array
}

/** `char *[]` ending in NULL. All strings lie in one buffer, so that one reference keeps them. */
function stringArray(items: readonly (string | Uint8Array)[]): StringArray {
  const parts = items.map((item) => (typeof item === 'string' ? Buffer.from(item) : item))
  const bytes = Buffer.alloc(parts.reduce((sum, part) => sum + part.byteLength + 1, 1))
  const pointers = new BigUint64Array(parts.length + 1)
  const base = BigInt(ptr(bytes))
  let at = 0
  parts.forEach((part, i) => {
    bytes.set(part, at)
    pointers[i] = base + BigInt(at)
    at += part.byteLength + 1
  })
  return { bytes, pointers }
}

let lastKept: readonly unknown[] = []

function keepAlive(...values: readonly unknown[]): void {
  lastKept = values
  if (lastKept.length === 0) throw new Error('Nothing was kept alive')
}

/** First number above those that children get descriptors at. */
const HANDED_BELOW = 64

/** This very binary, whatever lies at its path by now. */
export const SELF = '/proc/self/exe'

export interface SpawnSelfRequest {
  /** Another version of this program, `SELF` when absent. */
  readonly binary?: string
  readonly args: readonly string[]
  /** Descriptor number in the child → ours. 0–2 become /dev/null unless named. */
  readonly files: ReadonlyMap<number, number>
  readonly env: Readonly<Record<string, string>>
}

/**
 * Starts this very binary again (`/proc/self/exe`: after an upgrade the path on disk is another version). SIGCHLD is
 * blocked from birth so that a signalfd can have it; SIGPIPE too.
 */
export function spawnSelf(request: SpawnSelfRequest): number {
  // A source below the highest target could be overwritten before its turn: all sources are moved up first.
  const moved = [...request.files].map(([to, from]) => ({ to, from: duplicateFd(from, HANDED_BELOW) }))
  const files: FileAction[] = [0, 1, 2]
    .filter((fd) => !request.files.has(fd))
    .map((to) => ({ kind: 'open', to, path: '/dev/null', flags: Open.RDWR }))
  for (const { to, from } of moved) files.push({ kind: 'dup', from, to })
  try {
    if (moved.some(({ from }) => from < 0)) return Math.min(...moved.map(({ from }) => from))
    return spawn({
      path: request.binary ?? SELF,
      argv: ['fettle', ...selfArguments(), ...request.args],
      env: Object.entries(request.env).map(([name, value]) => `${name}=${value}`),
      files,
      newSession: true,
      blocked: [SIGCHLD, SIGPIPE],
    })
  } finally {
    for (const { from } of moved) if (from >= 0) closeFd(from)
  }
}

/** What stands between the executable and the verb: nothing in the binary, the main script when run from source. */
export function selfArguments(): readonly string[] {
  const script = Bun.main
  return script.startsWith('/$bunfs/') || script.startsWith('B:/~BUN/') ? [] : [script]
}

/** Variables that anchor, daemon and keepers get; whatever else the caller has must not act on them. */
const PASSED_ON = /^(?:HOME|PATH|LANG|LC_[A-Z]+|TZ|USER|LOGNAME|TMPDIR|XDG_[A-Z_]+|FETTLE_[A-Z_]+)$/

export function ownEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const own: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && PASSED_ON.test(name) && name !== 'FETTLE_RUN') own[name] = value
  }
  // Bun's GC timer wakes an idle process once a second; only the parent can switch it off.
  own['BUN_GC_TIMER_DISABLE'] = '1'
  return own
}

/**
 * As `ownEnvironment`, for anchor and keepers: a run that has taken the last process its user may have must not end
 * its own keeper, and the runtime aborts when it wants a thread for its compiler and gets none. They need no such
 * thread, nor any compiler: they sleep in poll(2) and call the kernel. Without it, and with the runtime's small
 * structures, an idle keeper has 3.7 MB of its own instead of 4.2 (after a flood 4.1 instead of 5.3), and one that
 * starts is ready some milliseconds sooner. These are options of the pinned Bun: an unknown one ends it at once.
 */
export function handEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return {
    ...ownEnvironment(env),
    BUN_JSC_forceMiniVMMode: '1',
    BUN_JSC_useBaselineJIT: '0',
    BUN_JSC_useDFGJIT: '0',
    BUN_JSC_useConcurrentJIT: '0',
    BUN_JSC_useConcurrentGC: '0',
    BUN_JSC_numberOfGCMarkers: '1',
  }
}

export function spawnFailure(what: string, result: number): Error {
  return new Error(`Cannot start ${what}: ${errnoName(result)}`)
}
