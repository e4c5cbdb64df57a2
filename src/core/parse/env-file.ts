import { FettleError } from '../errors.ts'

/** `K=V` per line; blank lines and lines that begin with `#` are passed over; quotes around a value are taken off. */
export function parseEnvFile(text: string, path: string): Record<string, string> {
  const env: Record<string, string> = {}
  for (const [index, line] of text.split('\n').entries()) {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const match = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(trimmed)
    if (match === null) {
      // the line may hold a secret: its number is told, not its text
      throw new FettleError('bad_value', `${path}, line ${index + 1}: K=V was expected`)
    }
    const value = match[2] ?? ''
    const quoted = /^(["'])(.*)\1$/.exec(value)
    env[match[1] ?? ''] = quoted?.[2] ?? value
  }
  return env
}
