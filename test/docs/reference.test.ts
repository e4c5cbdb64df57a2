import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { generatedPages } from '../../scripts/docs/pages.ts'
import { ERROR_CATALOGUE } from '../../src/core/errors.ts'
import { EVENT_KINDS } from '../../src/core/events/event.ts'
import { API_METHODS } from '../../src/protocol/api/methods.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

for (const [path, text] of await generatedPages()) {
  test(`${path} says what the sources say (npx bun scripts/docs.ts writes it)`, () => {
    expect(read(path)).toBe(text)
  })
}

test('each error has its line, in the order of the catalogue, and no line is of an error that is none', () => {
  const listed = [...read('docs/reference/errors.md').matchAll(/^\| `(\w+)` \| \d/gm)].map(([, code]) => code)
  expect(listed).toEqual(Object.keys(ERROR_CATALOGUE))
})

test('each kind of event has its section, and no section is of a kind that is none', () => {
  const listed = [...read('docs/reference/events.md').matchAll(/^### (\w+)$/gm)].map(([, kind]) => kind)
  expect(listed).toEqual([...EVENT_KINDS])
})

test('each method of the API has its section, and no section is of a method that is none', () => {
  const listed = [...read('docs/reference/api.md').matchAll(/^## (\w+)$/gm)].map(([, name]) => name)
  expect(listed).toEqual(Object.keys(API_METHODS))
})
