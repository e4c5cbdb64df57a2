import { numberedLines } from '../support/payload.ts'

const made = new Map<string, Buffer>()

/** What a lane prints or is given. Made once: making it costs as much as printing it. */
export function payload(kind: 'fifo' | 'terminal' | 'stdin', lines: number): Buffer {
  const newline = kind === 'terminal' ? '\r\n' : '\n'
  const key = `${lines}${newline}`
  const known = made.get(key) ?? numberedLines(lines, newline)
  made.set(key, known)
  return known
}
