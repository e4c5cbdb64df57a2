import { checked, cString, libc } from './libc.ts'
import { errnoName, Fcntl } from './constants.ts'
import { writeFd } from './descriptor.ts'

const MFD_CLOEXEC = 1
const MFD_ALLOW_SEALING = 2
/** No writing, growing, shrinking, nor further seals. */
const ALL_SEALS = 0xf

/** A sealed file in memory: what is in it reaches no disk and can be changed by nobody. */
export function makeSealedMemfd(name: string, bytes: Uint8Array): number {
  const fd = checked(libc.memfd_create(cString(name), MFD_CLOEXEC | MFD_ALLOW_SEALING))
  if (fd < 0) throw new Error(`Cannot make a file in memory: ${errnoName(fd)}`)
  for (let at = 0; at < bytes.byteLength;) {
    const count = writeFd(fd, bytes.subarray(at))
    if (count < 0) throw new Error(`Cannot write a file in memory: ${errnoName(count)}`)
    at += count
  }
  libc.fcntl(fd, Fcntl.ADD_SEALS, ALL_SEALS)
  return fd
}

/** Whole content, wherever the shared offset stands. */
export function readMemfd(fd: number): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; ;) {
    const part = Buffer.alloc(64 * 1024)
    const count = checked(libc.pread(fd, part, part.byteLength, at))
    if (count < 0) throw new Error(`Cannot read a file in memory: ${errnoName(count)}`)
    if (count === 0) return Buffer.concat(parts)
    parts.push(part.subarray(0, count))
    at += count
  }
}
