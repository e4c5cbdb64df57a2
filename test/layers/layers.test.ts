// The arrows between the layers are kept by the compiler and the lint. Here violations are planted in a copy of the
// sources, and each must be found: a rule that sees nothing and reports success is worse than none.

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const root = dirname(dirname(import.meta.dirname))

/** All that the compiler and the lint look at. */
const COPIED = [
  'src',
  'test',
  'scripts',
  'bench',
  'tsconfig.json',
  'tsconfig.base.json',
  '.oxlintrc.json',
  'package.json',
]

/** What each layer may import: the same table as in CONTRIBUTING.md. */
const MAY_IMPORT = {
  core: [],
  protocol: ['core'],
  platform: ['core'],
  store: ['core', 'protocol', 'platform'],
  anchor: ['core', 'protocol', 'platform', 'store'],
  keeper: ['core', 'protocol', 'platform', 'store'],
  daemon: ['core', 'protocol', 'platform', 'store'],
  client: ['core', 'protocol'],
  cli: ['core', 'protocol', 'client', 'store', 'platform'],
} as const satisfies Record<string, readonly string[]>

type Layer = keyof typeof MAY_IMPORT
const LAYERS = Object.keys(MAY_IMPORT) as Layer[]

const isAllowed = (from: Layer, to: Layer): boolean => (MAY_IMPORT[from] as readonly Layer[]).includes(to)
const othersOf = (from: Layer): Layer[] => LAYERS.filter((to) => to !== from)

let copy: string

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'layers-'))
  for (const name of COPIED) {
    cpSync(join(root, name), join(copy, name), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
})

afterAll(() => rmSync(copy, { recursive: true, force: true }))

function runTool(tool: string, args: string[]): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules', '.bin', tool), args, {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  return { code: status, output: stdout + stderr }
}

/** Files that are there while `body` runs; paths relative to the copy. */
function withPlanted<T>(files: Record<string, string>, body: () => T): T {
  for (const [path, text] of Object.entries(files)) writeFileSync(join(copy, path), text)
  try {
    return body()
  } finally {
    for (const path of Object.keys(files)) rmSync(join(copy, path))
  }
}

const compile = (project: string) => runTool('tsc', ['-b', project])

/** Each layer gets a file others can try to import. */
const targets = Object.fromEntries(
  LAYERS.map((layer) => [
    `src/${layer}/planted-target.ts`,
    `export const planted = '${layer}'\nexport type Planted = typeof planted\n`,
  ]),
)

/** What the compiler said about one file. */
const errorsIn = (output: string, path: string): string[] =>
  output.split('\n').filter((line) => line.startsWith(`${path}(`))

describe('the compiler', () => {
  test('accepts the sources as they are', () => {
    expect(compile('.')).toEqual({ code: 0, output: '' })
  })

  for (const from of LAYERS) {
    for (const kind of ['import', 'import type']) {
      test(`${from}: each \`${kind}\` of another layer passes or fails as the table says`, () => {
        const clause = kind === 'import' ? 'import { planted }' : 'import type { Planted }'
        const use =
          kind === 'import' ? 'export const copied: string = planted' : 'export type Copied = Planted'
        const arrows = Object.fromEntries(
          othersOf(from).map((to) => [
            `src/${from}/planted-${to}.ts`,
            `${clause} from '../${to}/planted-target.ts'\n${use}\n`,
          ]),
        )
        const { code, output } = withPlanted({ ...targets, ...arrows }, () => compile(`src/${from}`))
        for (const to of othersOf(from)) {
          const errors = errorsIn(output, `src/${from}/planted-${to}.ts`)
          if (isAllowed(from, to)) {
            expect(errors).toEqual([])
          } else {
            // outside the project's folder, and in none of the projects it references
            expect(errors.join('\n')).toContain('TS6307')
            expect(errors.join('\n')).toContain(`src/${to}/planted-target.ts`)
          }
        }
        expect(code).not.toBe(0)
      })
    }
  }

  const unseen: { layer: Layer; name: string; text: string }[] = [
    {
      layer: 'core',
      name: 'node:fs',
      text: `import { readFileSync } from 'node:fs'\nexport { readFileSync }`,
    },
    { layer: 'core', name: 'bun:ffi', text: `import { dlopen } from 'bun:ffi'\nexport { dlopen }` },
    { layer: 'core', name: 'setTimeout', text: `setTimeout(() => undefined, 1)\nexport {}` },
    { layer: 'core', name: 'process', text: `export const pid = process.pid` },
    { layer: 'core', name: 'Bun', text: `export const bun = Bun.version` },
    { layer: 'core', name: 'document', text: `export const title = document.title` },
    { layer: 'protocol', name: 'node:net', text: `import { connect } from 'node:net'\nexport { connect }` },
    { layer: 'protocol', name: 'Bun', text: `export const bun = Bun.version` },
    {
      layer: 'client',
      name: 'bun:sqlite',
      text: `import { Database } from 'bun:sqlite'\nexport { Database }`,
    },
    { layer: 'client', name: 'Bun', text: `export const bun = Bun.version` },
    { layer: 'daemon', name: 'document', text: `export const title = document.title` },
  ]
  for (const { layer, name, text } of unseen) {
    test(`${layer} does not see ${name}`, () => {
      const path = `src/${layer}/planted.ts`
      const { code, output } = withPlanted({ [path]: `${text}\n` }, () => compile(`src/${layer}`))
      expect(errorsIn(output, path).join('\n')).toMatch(new RegExp(`Cannot find (name|module) '${name}'`))
      expect(code).not.toBe(0)
    })
  }
})

describe('the lint', () => {
  const lint = (path: string) => runTool('oxlint', ['--type-aware', path])

  test('accepts the sources as they are', () => {
    const { code, output } = lint('src')
    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' })
  })

  const found: { layer: Layer | 'platform/linux'; text: string; message: string | undefined }[] = [
    { layer: 'core', text: 'export const now = Date.now()', message: 'Time is an argument in core' },
    { layer: 'core', text: 'export const now = new Date()', message: 'Time is an argument in core' },
    { layer: 'core', text: 'export const chance = Math.random()', message: 'Chance is an argument in core' },
    {
      layer: 'core',
      text: 'export const timer = setTimeout(() => undefined, 1)',
      message: 'core has no timers',
    },
    {
      layer: 'core',
      text: `import { readFileSync } from 'node:fs'\nexport { readFileSync }`,
      message: 'core imports core only',
    },
    {
      layer: 'keeper',
      text: `import { ptr } from 'bun:ffi'\nexport { ptr }`,
      message: 'A pointer does not keep its buffer alive',
    },
    {
      layer: 'daemon',
      text: `import { ptr } from 'bun:ffi'\nexport { ptr }`,
      message: 'A pointer does not keep its buffer alive',
    },
    {
      layer: 'cli',
      text: `import * as ffi from 'bun:ffi'\nexport const { ptr } = ffi`,
      message: 'A pointer does not keep its buffer alive',
    },
    { layer: 'platform/linux', text: `import { ptr } from 'bun:ffi'\nexport { ptr }`, message: undefined },
    { layer: 'keeper', text: `import { z } from 'zod'\nexport { z }`, message: 'Schemas live in protocol' },
    {
      layer: 'anchor',
      text: `import type { z } from 'zod'\nexport type Z = z.ZodString`,
      message: 'Schemas live in protocol',
    },
    { layer: 'protocol', text: `import { z } from 'zod'\nexport { z }`, message: undefined },
    {
      layer: 'daemon',
      text: 'const later = async () => 1\nexport function f() {\n  later()\n}',
      message: 'no-floating-promises',
    },
    { layer: 'daemon', text: 'export const f = (x: any) => x', message: 'no-explicit-any' },
    {
      layer: 'daemon',
      text: `export const f = (text: string) => {\n  const value = JSON.parse(text)\n  return String(value.name)\n}`,
      message: 'no-unsafe-assignment',
    },
    {
      layer: 'daemon',
      text: 'export function f() {\n  try {\n    f()\n  } catch {}\n}',
      message: 'no-empty',
    },
  ]
  for (const { layer, text, message } of found) {
    test(`${layer}: ${text.replaceAll('\n', ' ')} ${message === undefined ? 'is fine' : 'is an error'}`, () => {
      const path = `src/${layer}/planted.ts`
      const { code, output } = withPlanted({ [path]: `${text}\n` }, () => lint(path))
      if (message === undefined) {
        expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' })
      } else {
        expect(output).toContain(message)
        expect(code).not.toBe(0)
      }
    })
  }

  test('a circle of two files is an error', () => {
    const { code, output } = withPlanted(
      {
        'src/core/planted-a.ts': `import { b } from './planted-b.ts'\nexport const a = (): number => b()\n`,
        'src/core/planted-b.ts': `import { a } from './planted-a.ts'\nexport const b = (): number => a()\n`,
      },
      () => lint('src/core'),
    )
    expect(output).toContain('no-cycle')
    expect(code).not.toBe(0)
  })
})
