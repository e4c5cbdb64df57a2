import { expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = join(import.meta.dirname, '../..')
const OURS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md']

function pages(): string[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join('docs', path))
  const layers = readdirSync(join(root, 'src'))
    .map((layer) => join('src', layer, 'README.md'))
    .filter((path) => existsSync(join(root, path)))
  return [...OURS, ...docs, ...layers]
}

/** GitHub's anchors: lower case, no punctuation, a dash for each space. */
function anchorsOf(text: string): Set<string> {
  const headings = text.replaceAll(/^```.*?^```/gms, '').matchAll(/^#+ (.+)$/gm)
  return new Set(
    Array.from(headings, ([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

/** Targets of links that lead nowhere. */
function brokenLinks(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8')
  const links = Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target)
  return links.filter((target) => {
    if (/^https?:/.test(target)) return false
    const [path = '', anchor] = target.split('#')
    const file = path === '' ? join(root, page) : resolve(dirname(join(root, page)), path)
    if (!existsSync(file)) return true
    return anchor !== undefined && !anchorsOf(readFileSync(file, 'utf8')).has(anchor)
  })
}

test('a link that leads nowhere is found, in path and in anchor', () => {
  expect(anchorsOf('# A `b`: c\n```\n# no\n```\n## JobView\n')).toEqual(new Set(['a-b-c', 'jobview']))
})

for (const page of pages()) {
  test(`links of ${page} lead somewhere`, () => {
    expect(brokenLinks(page)).toEqual([])
  })
}

test('every page of docs is linked from another one', () => {
  const linked = new Set(
    pages().flatMap((page) =>
      Array.from(readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)#\s]+)/g), ([, target = '']) =>
        relative(root, resolve(dirname(join(root, page)), target)),
      ),
    ),
  )
  expect(pages().filter((page) => page.startsWith('docs/') && !linked.has(page))).toEqual([])
})
