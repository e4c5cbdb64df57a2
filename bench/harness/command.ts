export interface CommandOptions {
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly timeoutMs?: number
}

export interface CommandResult {
  readonly stdout: string
  readonly elapsedMs: number
}

const TIMEOUT_MS = 120_000

/** Runs a command that must succeed, blocking: nothing of this process stands between its end and the clock. */
export function timeCommand(argv: readonly string[], options: CommandOptions): CommandResult {
  const startedMs = performance.now()
  const result = Bun.spawnSync([...argv], {
    env: { ...options.env },
    cwd: options.cwd ?? '/',
    stdin: 'ignore',
    timeout: options.timeoutMs ?? TIMEOUT_MS,
  })
  const elapsedMs = performance.now() - startedMs
  const stdout = result.stdout.toString()
  if (!result.success) throw failure(argv, result.exitCode, result.stderr.toString() || stdout)
  return { stdout, elapsedMs }
}

/** Runs a command that must succeed, beside others. */
export async function runCommand(argv: readonly string[], options: CommandOptions): Promise<string> {
  const child = Bun.spawn([...argv], {
    env: { ...options.env },
    cwd: options.cwd ?? '/',
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: options.timeoutMs ?? TIMEOUT_MS,
  })
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  if (code !== 0) throw failure(argv, code, stderr || stdout)
  return stdout
}

/** Does `count` things, `width` at a time. */
export async function inParallel(
  { count, width }: { readonly count: number; readonly width: number },
  act: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) await act(index)
  }
  await Promise.all(Array.from({ length: width }, worker))
}

function failure(argv: readonly string[], code: number | null, said: string): Error {
  const command = argv.join(' ').slice(0, 200)
  return new Error(`${command}: exit code ${code ?? 'none (killed)'}: ${said.trim().slice(0, 500)}`)
}
