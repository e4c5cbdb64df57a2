import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Everything a file imports at run time, directly or not: packages and built-ins by name, ours by path. */
function importsOf(entry: string): Set<string> {
  const transpiler = new Bun.Transpiler({ loader: 'ts' })
  const found = new Set<string>()
  const open = [entry]
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    for (const { path } of transpiler.scanImports(readFileSync(file, 'utf8'))) {
      const name = path.startsWith('.') ? join(dirname(file), path) : path
      if (found.has(name)) continue
      found.add(name)
      if (path.startsWith('.')) open.push(name)
    }
  }
  return found
}

const src = dirname(import.meta.dir)

test('what keepers, anchors and quick readers import loads neither a schema library nor a database', () => {
  const entries = [...new Bun.Glob('**/*.ts').scanSync(import.meta.dir)].filter(
    (file) => !/^(events|fixtures)\/|\.test\.ts$/.test(file),
  )
  expect(entries.length).toBeGreaterThan(20)
  for (const entry of entries) {
    const imports = importsOf(join(import.meta.dir, entry))
    for (const name of ['zod', 'bun:sqlite', 're2js'])
      expect([entry, imports.has(name)]).toEqual([entry, false])
  }
})

test('a listing of jobs loads no foreign function interface', () => {
  expect(importsOf(join(import.meta.dir, 'run-files/job-views.ts')).has('bun:ffi')).toBe(false)
  expect(importsOf(join(import.meta.dir, 'home.ts')).has('bun:ffi')).toBe(false)
})

test('the scan sees what it should', () => {
  const imports = importsOf(join(import.meta.dir, 'events/open-events.ts'))
  expect(imports.has('bun:sqlite')).toBe(true)
  expect([...imports].map((name) => relative(src, name))).toContain('core/errors.ts')
})
