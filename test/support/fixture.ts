import { join } from 'node:path'

/** A test program: Python, because it must do with signals and descriptors what no shell can. */
export function fixture(name: string, ...args: readonly string[]): string[] {
  return ['python3', join(import.meta.dirname, '..', 'fixtures', `${name}.py`), ...args]
}
