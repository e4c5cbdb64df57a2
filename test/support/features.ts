import type { Feature } from '../../src/platform/linux/features.ts'

const disabled = new Set((process.env['FETTLE_TEST_DISABLE'] ?? '').split(',').filter(Boolean))

/** Whether `FETTLE_TEST_DISABLE` takes it away in this pass. */
export function isWithout(feature: Feature): boolean {
  return disabled.has(feature)
}

/** `FETTLE_TEST_DISABLE` of a test that takes away more. */
export function disabledWith(...more: readonly Feature[]): string {
  return [...disabled, ...more].join(',')
}
