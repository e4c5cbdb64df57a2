import type { CheckedRunRequest } from '../../protocol/api/run-request.ts'

/**
 * What must not reach a run: variables that act on the Bun or Node inside it, a channel that is not the run's, and
 * fettle's own. `FETTLE_HOME` is set anew, so that a `fettle` inside the run finds the same home; `FETTLE_RUN` is the
 * keeper's, which knows the number.
 */
const NOT_PASSED_ON = /^(?:BUN_.*|FETTLE_.*|NODE_CHANNEL_FD|NODE_CHANNEL_SERIALIZATION_MODE)$/s

export interface EnvBlock {
  /** Names only, sorted: what may be written down. */
  readonly names: readonly string[]
  /** `K=V\0…` as base64. */
  readonly base64: string
}

export function toEnvBlock(
  request: Pick<CheckedRunRequest, 'env' | 'envBytes'>,
  own: { readonly home: string | null; readonly isTerminal: boolean },
): EnvBlock {
  const entries =
    request.envBytes === undefined
      ? Object.entries(request.env).map(([name, value]) => Buffer.from(`${name}=${value}`))
      : splitBlock(Buffer.from(request.envBytes, 'base64'))
  const kept = new Map<string, Buffer>()
  for (const entry of entries) {
    const name = nameOf(entry)
    // A name with "=" cannot be passed on, and a zero byte would end the entry early.
    if (name === '' || NOT_PASSED_ON.test(name) || entry.includes(0)) continue
    kept.set(name, entry)
  }
  const names = [...kept.keys()].sort()
  if (own.home !== null) kept.set('FETTLE_HOME', Buffer.from(`FETTLE_HOME=${own.home}`))
  // A program on a terminal of ours that was told TERM=dumb by its caller's pipe would draw nothing.
  if (own.isTerminal && isDumb(kept.get('TERM'))) kept.set('TERM', Buffer.from('TERM=xterm-256color'))
  return { names, base64: joinBlock([...kept.values()]) }
}

function isDumb(entry: Buffer | undefined): boolean {
  const value = entry?.toString('latin1') ?? ''
  return value === '' || value === 'TERM=' || value === 'TERM=dumb'
}

function nameOf(entry: Buffer): string {
  const at = entry.indexOf(0x3d)
  return at <= 0 ? '' : entry.subarray(0, at).toString('utf8')
}

function splitBlock(block: Buffer): Buffer[] {
  const entries: Buffer[] = []
  for (let from = 0; from < block.length;) {
    const found = block.indexOf(0, from)
    const to = found === -1 ? block.length : found
    if (to > from) entries.push(block.subarray(from, to))
    from = to + 1
  }
  return entries
}

function joinBlock(entries: readonly Buffer[]): string {
  return Buffer.concat(entries.flatMap((entry) => [entry, Buffer.from([0])])).toString('base64')
}
