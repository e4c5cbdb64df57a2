// npx bun scripts/docs.ts: writes the pages of docs/reference that are made from the sources.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generatedPages } from './docs/pages.ts'
import { root } from './toolchain.mjs'

for (const [path, text] of await generatedPages()) {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  if (readIfThere(file) === text) continue
  writeFileSync(file, text)
  console.log(`${path} written`)
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // not there yet, or not readable: writing says why
    return null
  }
}
