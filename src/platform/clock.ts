import { dlopen, FFIType } from 'bun:ffi'

export { bootId } from './boot-id.ts'

/** The two clocks and the boot they belong to. Wall time may jump; a duration is never counted with it. */
export function nowMs(): number {
  return Date.now()
}

/**
 * CLOCK_MONOTONIC in ms with a fraction: the same in every process of this boot, stands still while the machine
 * sleeps. Asked of the C library, because Bun's `process.hrtime` and `performance.now` count from the start of the
 * process and cannot be compared between two. The library is opened on the first call: readers never need it.
 */
export function monotonicMs(): number {
  return readClock(CLOCK_MONOTONIC)
}

/** CLOCK_BOOTTIME in ms: as `monotonicMs`, but goes on while the machine sleeps. */
export function boottimeMs(): number {
  return readClock(CLOCK_BOOTTIME)
}

function readClock(id: number): number {
  clock ??= openClock()
  clock.clock_gettime(id, timespec)
  return Number(timespec[0]) * 1000 + Number(timespec[1]) / 1e6
}

const CLOCK_MONOTONIC = 1
export const CLOCK_BOOTTIME = 7
const timespec = new BigInt64Array(2)
let clock: ReturnType<typeof openClock> | null = null

function openClock() {
  return dlopen('libc.so.6', {
    clock_gettime: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
  }).symbols
}
