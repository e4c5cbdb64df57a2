import { runCli } from './run-cli.ts'

/** Variables that would act on the bun in whatever this process starts, and must not travel into a run either. */
const BUN_VARIABLES = /^BUN_(OPTIONS|BE_BUN|INSPECT\w*|JSC_\w+|CONFIG_\w+)$/

/** The command line as a process: the only place of the CLI that ends it. */
export async function startCli(argv: readonly string[]): Promise<void> {
  for (const name of Object.keys(process.env)) {
    if (BUN_VARIABLES.test(name)) delete process.env[name]
  }
  // not process.exitCode: a socket that is still open must not hold the command back
  process.exit(await runCli(argv))
}
