import { readFileSync } from 'node:fs'
import { dlopen, FFIType } from 'bun:ffi'
import { FettleError } from '../core/errors.ts'

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
  clock ??= openClock()
  clock.clock_gettime(CLOCK_MONOTONIC, timespec)
  return Number(timespec[0]) * 1000 + Number(timespec[1]) / 1e6
}

/** Changes with each boot: pids and monotonic times of another boot mean nothing in this one. */
export function bootId(): string {
  boot ??= readBootId()
  return boot
}

const CLOCK_MONOTONIC = 1
const BOOT_ID = '/proc/sys/kernel/random/boot_id'
const timespec = new BigInt64Array(2)
let clock: ReturnType<typeof openClock> | null = null
let boot: string | null = null

function openClock() {
  return dlopen('libc.so.6', {
    clock_gettime: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
  }).symbols
}

function readBootId(): string {
  try {
    return readFileSync(BOOT_ID, 'utf8').trim()
  } catch (error) {
    throw new FettleError(
      'unsupported_platform',
      `Cannot tell one boot from another: ${BOOT_ID} is not readable`,
      {
        hint: 'fettle needs /proc as Linux has it.',
        cause: error,
      },
    )
  }
}
