/**
 * Switches by which tests make this kernel look like an older one: `FETTLE_TEST_DISABLE=pidfd_info,splice,…`.
 * Each names a mechanism whose fallback then runs.
 */
export type Feature = 'pidfd' | 'pidfd_info' | 'splice' | 'cgroup' | 'inotify' | 'subreaper'

const disabled = new Set((process.env['FETTLE_TEST_DISABLE'] ?? '').split(',').filter(Boolean))

export function isFeatureEnabled(feature: Feature): boolean {
  return !disabled.has(feature)
}
