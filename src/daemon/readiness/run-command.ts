import { spawn } from 'node:child_process'

/** A readiness command: no shell, no input, its output nobody's. Answers its exit code, 127 when it cannot be started. */
export async function runCommand(
  argv: readonly string[],
  options: { readonly cwd: string; readonly signal: AbortSignal },
): Promise<number> {
  const [program = '', ...args] = argv
  return await new Promise((resolve) => {
    const child = spawn(program, args, { cwd: options.cwd, stdio: 'ignore' })
    const kill = (): void => {
      child.kill('SIGKILL')
    }
    options.signal.addEventListener('abort', kill)
    child.once('error', () => resolve(127))
    child.once('close', (code) => {
      options.signal.removeEventListener('abort', kill)
      resolve(code ?? 128)
    })
  })
}
