import { appendFileSync, closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { isRecord } from '../../core/errors.ts'
import { readTextFile } from '../../platform/files/write-atomic.ts'

/**
 * What a keeper has to tell that stands in no other record: a limit reached, a signal sent, output dropped. Kept as
 * JSON lines so that a daemon that was away learns of it, and of each once: `n` counts from 0 within the run.
 */
export interface KeeperFact {
  readonly n: number
  readonly atMs: number
  readonly kind: string
  readonly data: Readonly<Record<string, unknown>>
}

export function appendFact(path: string, fact: KeeperFact): void {
  const fd = openSync(path, 'a+', 0o600)
  try {
    // A line that a death or a full disk has cut off must not swallow the one that follows.
    appendFileSync(fd, `${endsInLine(fd) ? '' : '\n'}${JSON.stringify(fact)}\n`)
  } finally {
    closeSync(fd)
  }
}

function endsInLine(fd: number): boolean {
  const { size } = fstatSync(fd)
  const last = Buffer.from('\n')
  if (size > 0) readSync(fd, last, 0, 1, size - 1)
  return last.toString() === '\n'
}

/** All of them, in order. A line that a death left torn is passed over. */
export function readFacts(path: string): KeeperFact[] {
  const facts: KeeperFact[] = []
  for (const line of (readTextFile(path) ?? '').split('\n')) {
    const fact = parseFact(line)
    if (fact !== null) facts.push(fact)
  }
  return facts
}

function parseFact(line: string): KeeperFact | null {
  if (line === '') return null
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    // The last thing a keeper wrote before it was killed.
    return null
  }
  if (!isRecord(value)) return null
  const { n, atMs, kind, data } = value
  return typeof n === 'number' && typeof atMs === 'number' && typeof kind === 'string' && isRecord(data)
    ? { n, atMs, kind, data }
    : null
}
