import { dlopen, FFIType } from 'bun:ffi'

/** `struct termios` is 60 bytes with glibc on x86-64 and arm64, 72 on macOS; there is room for other layouts. */
const TERMIOS_BYTES = 256
const TCSANOW = 0

/**
 * Puts a terminal into raw mode in full: nothing is edited, translated or turned into a signal, in either direction.
 * (`setRawMode` of Node and Bun goes on translating newlines of the output.) What was typed ahead is kept. Answers
 * what puts it back, null when the descriptor is no terminal.
 */
export function makeRaw(fd: number): (() => void) | null {
  const { symbols: libc } = dlopen('libc.so.6', {
    tcgetattr: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
    tcsetattr: { args: [FFIType.i32, FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
    cfmakeraw: { args: [FFIType.ptr], returns: FFIType.void },
  })
  const before = new Uint8Array(TERMIOS_BYTES)
  if (libc.tcgetattr(fd, before) !== 0) return null
  const raw = Uint8Array.from(before)
  libc.cfmakeraw(raw)
  libc.tcsetattr(fd, TCSANOW, raw)
  return () => {
    libc.tcsetattr(fd, TCSANOW, before)
  }
}
