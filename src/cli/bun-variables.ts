/**
 * Variables that would act on the bun in whatever this process starts, and must not travel into a run either. A list,
 * because to go through the whole environment costs a short command more than a millisecond.
 */
const BUN_VARIABLES = [
  'BUN_OPTIONS',
  'BUN_BE_BUN',
  'BUN_INSPECT',
  'BUN_INSPECT_CONNECT_TO',
  'BUN_INSPECT_NOTIFY',
] as const

let removed: readonly string[] = []

/** Takes them out of this process's environment. */
export function removeBunVariables(env: Record<string, string | undefined>): void {
  removed = BUN_VARIABLES.filter((name) => env[name] !== undefined)
  for (const name of removed) Reflect.deleteProperty(env, name)
}

/** Names of those that were there. */
export function removedVariables(): readonly string[] {
  return removed
}
