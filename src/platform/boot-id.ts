import { readFileSync } from 'node:fs'
import { FettleError } from '../core/errors.ts'

const BOOT_ID = '/proc/sys/kernel/random/boot_id'
let boot: string | null = null

/**
 * Changes with each boot: pids and monotonic times of another boot mean nothing in this one. Apart from the clocks,
 * because readers need it and should not load a foreign function interface for it.
 */
export function bootId(): string {
  boot ??= readBootId()
  return boot
}

function readBootId(): string {
  try {
    return readFileSync(BOOT_ID, 'utf8').trim()
  } catch (error) {
    throw new FettleError(
      'unsupported_platform',
      `Cannot tell one boot from another: ${BOOT_ID} is not readable`,
      { hint: 'fettle needs /proc as Linux has it.', cause: error },
    )
  }
}
