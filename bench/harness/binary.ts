import { dirname, join } from 'node:path'

export const root = dirname(dirname(import.meta.dirname))

/** What is measured: the built binary, as it is installed. */
export const binaryPath = join(root, 'dist', 'fettle')
