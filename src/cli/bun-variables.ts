/** Variables that would act on the bun in whatever this process starts, and must not travel into a run either. */
const BUN_VARIABLES = /^BUN_(OPTIONS|BE_BUN|INSPECT\w*|JSC_\w+|CONFIG_\w+)$/

let removed: readonly string[] = []

/** Takes them out of this process's environment. */
export function removeBunVariables(env: Record<string, string | undefined>): void {
  removed = Object.keys(env).filter((name) => BUN_VARIABLES.test(name))
  for (const name of removed) Reflect.deleteProperty(env, name)
}

/** Names of those that were there. */
export function removedVariables(): readonly string[] {
  return removed
}
