import { selfArguments } from '../../platform/linux/spawn.ts'

export interface FettleResult {
  readonly exitCode: number
  readonly output: string
}

export interface RunFettleOptions {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Shown as it comes, or collected in the answer. */
  readonly show: boolean
  readonly cwd: string
}

/** This very program again, as a person would type it. */
export async function runFettle(options: RunFettleOptions): Promise<FettleResult> {
  const child = Bun.spawn([process.execPath, ...selfArguments(), ...options.args], {
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
    stdin: 'ignore',
    stdout: options.show ? 'inherit' : 'pipe',
    stderr: options.show ? 'inherit' : 'pipe',
  })
  const parts = options.show
    ? []
    : await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  return { exitCode: await child.exited, output: parts.join('') }
}

/** The program's own path as words of a command line. */
export function ownCommand(): string[] {
  return [process.execPath, ...selfArguments()]
}
