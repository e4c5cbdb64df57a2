import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Scratch } from './scratch.ts'

const CHUNK = Buffer.alloc(1 << 20, 1)
/** For everything else that is needed meanwhile. */
const SPARE_BYTES = 100e6

/**
 * Writes a file of this size and deletes it. A virtual machine gives memory that has been free for some seconds back
 * to its host, and touching it again costs ten times as much: whoever came first would pay for all.
 */
export function warmMemory(scratch: Scratch, bytes: number): void {
  const path = join(scratch.dir, 'warm')
  const fd = openSync(path, 'w')
  for (let written = 0; written < bytes + SPARE_BYTES; written += CHUNK.byteLength) writeSync(fd, CHUNK)
  closeSync(fd)
  unlinkSync(path)
}
