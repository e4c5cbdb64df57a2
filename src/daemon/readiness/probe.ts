import { statSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { listenersOn } from '../../platform/linux/listeners.ts'
import type { Readiness } from '../../core/run/spec.ts'

export type ProbeSpec = Exclude<Readiness, { kind: 'output' }>

export interface ProbeContext {
  readonly cwd: string
  /**
   * Sockets that listened on the checked port before the run began. An answer of those alone is no evidence: a server
   * that somebody forgot answers as well. Null when that is not known.
   */
  readonly before: ReadonlySet<number> | null
  /** The port answers, and only by such a socket. */
  readonly onStale: (port: number) => void
  readonly signal: AbortSignal
  /** Runs a command and answers its exit code. */
  readonly run: (argv: readonly string[], options: { cwd: string; signal: AbortSignal }) => Promise<number>
}

const FIRST_PAUSE_MS = 25
const LONGEST_PAUSE_MS = 1_000
const ONE_TRY_MS = 5_000

/** Tries until the fact is there; rejects with the signal's reason when it aborts. */
export async function probe(spec: ProbeSpec, context: ProbeContext): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    context.signal.throwIfAborted()
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(ONE_TRY_MS)])
    if (await isReady(spec, { ...context, signal })) return
    await sleep(pauseMs, undefined, { signal: context.signal })
  }
}

async function isReady(spec: ProbeSpec, context: ProbeContext): Promise<boolean> {
  const { cwd, signal, run } = context
  switch (spec.kind) {
    case 'port': {
      const { port } = spec
      const answers = (await canConnect(port, '127.0.0.1', signal)) || (await canConnect(port, '::1', signal))
      return answers && isOfThisRun(port, context)
    }
    case 'http': {
      const port = localPort(spec)
      return (await answersWell(spec.url, signal)) && (port === null || isOfThisRun(port, context))
    }
    case 'file':
      return statSync(spec.path, { throwIfNoEntry: false }) !== undefined
    case 'command':
      return (await run(spec.argv, { cwd, signal })) === 0
  }
}

/** The port of this machine that a check looks at, null when it looks at none. */
export function localPort(spec: ProbeSpec): number | null {
  if (spec.kind === 'port') return spec.port
  if (spec.kind !== 'http') return null
  const { hostname, port, protocol } = new URL(spec.url)
  if (!/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)) return null
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
}

function isOfThisRun(port: number, { before, onStale }: ProbeContext): boolean {
  if (before === null || before.size === 0) return true
  const now = listenersOn(port)
  // None to be seen, and yet it answers: another network namespace, say.
  if (now === null || now.size === 0 || [...now].some((inode) => !before.has(inode))) return true
  onStale(port)
  return false
}

async function canConnect(port: number, host: string, signal: AbortSignal): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ port, host })
    const end = (answer: boolean) => (): void => {
      signal.removeEventListener('abort', aborted)
      socket.destroy()
      resolve(answer)
    }
    const aborted = end(false)
    signal.addEventListener('abort', aborted)
    socket.once('connect', end(true))
    socket.once('error', end(false))
  })
}

/** Any answer below 400: a server that says 503 is up and not ready. */
async function answersWell(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { signal, redirect: 'manual' })
    await response.body?.cancel()
    return response.status < 400
  } catch {
    // Refused, reset, timed out: not ready, whatever it was. Tried again until the deadline.
    return false
  }
}
