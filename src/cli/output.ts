import { fstatSync, writeSync } from 'node:fs'
import { FettleError } from '../core/errors.ts'

/**
 * Data goes to stdout, talk to stderr, both by plain writes: `process.stdout` alone costs half of a short verb's
 * start-up time.
 */

/** The reader of our stdout has gone (`fettle logs x | head`): nothing is left to do, and nothing is wrong. */
export class OutputClosed extends Error {
  constructor() {
    super('stdout is closed')
    this.name = 'OutputClosed'
  }
}

const encoder = new TextEncoder()
const pause = new Int32Array(new SharedArrayBuffer(4))

/** Writes all of it, however small the pipe's portions are. */
function writeAll(fd: number, data: string | Uint8Array): void {
  const bytes = typeof data === 'string' ? encoder.encode(data) : data
  let done = 0
  while (done < bytes.length) {
    try {
      done += writeSync(fd, bytes, done)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'EINTR') continue
      if (code === 'EPIPE') throw new OutputClosed()
      if (code !== 'EAGAIN' && fd === 1) throw unwritable(error)
      // somebody made the pipe or terminal non-blocking: its reader needs a moment
      if (code !== 'EAGAIN') throw error
      Atomics.wait(pause, 0, 0, 5)
    }
  }
}

function unwritable(error: unknown): FettleError {
  const why = error instanceof Error ? error.message : String(error)
  return new FettleError('output_unwritable', `Cannot write to stdout: ${why}`, {
    hint: 'What the command did is done; only its answer is not told.',
  })
}

/** Data for whoever called. */
export function writeOut(data: string | Uint8Array): void {
  writeAll(1, data)
}

/** Talk for a person. A closed stderr must not end the work. */
export function writeErr(text: string | Uint8Array): void {
  try {
    writeAll(2, text)
  } catch (error) {
    if (!(error instanceof OutputClosed)) throw error
  }
}

/** Terminals are character devices with the majors of ttys, consoles and ptys; /dev/null is one with another. */
export function isTerminal(fd: number): boolean {
  try {
    const stat = fstatSync(fd)
    const major = Math.floor(stat.rdev / 256) % 4096
    return (
      stat.isCharacterDevice() &&
      (process.platform !== 'linux' || major === 4 || major === 5 || (major >= 136 && major <= 143))
    )
  } catch (error) {
    // the caller closed it
    if (error instanceof Error && 'code' in error && error.code === 'EBADF') return false
    throw error
  }
}

/** Columns of the terminal on stdout, null when it is none. */
export function terminalColumns(): number | null {
  if (!isTerminal(1)) return null
  const columns = process.stdout.columns
  return columns > 0 ? columns : 80
}
