import { removeBunVariables } from './bun-variables.ts'
import { runCli } from './run-cli.ts'

/** The command line as a process: the only place of the CLI that ends it. */
export async function startCli(argv: readonly string[]): Promise<void> {
  removeBunVariables(process.env)
  // not process.exitCode: a socket that is still open must not hold the command back
  process.exit(await runCli(argv))
}
