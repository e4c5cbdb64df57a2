/** What `FETTLE_TEST_DISABLE` takes away in this pass. */
export function disabledFeatures(): ReadonlySet<string> {
  return new Set((process.env['FETTLE_TEST_DISABLE'] ?? '').split(','))
}
