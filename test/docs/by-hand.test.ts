import { expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { isRecord } from '../../src/core/errors.ts'
import { JOB_FORMAT } from '../../src/core/job/job.ts'
import { OUTCOME_FORMAT } from '../../src/core/run/outcome.ts'
import { SPEC_FORMAT } from '../../src/core/run/spec.ts'
import { STATE_FORMAT } from '../../src/core/run/state.ts'
import { HIGH_WATER_FORMAT } from '../../src/store/events/high-water.ts'
import { SCHEMA_VERSION } from '../../src/store/events/schema.ts'
import { RUNTIME_FORMAT } from '../../src/store/home/runtime-dir.ts'
import {
  anchorSocket,
  daemonSocket,
  eventsDatabase,
  indexName,
  jobFile,
  keeperSocket,
  runPaths,
  segmentName,
} from '../../src/store/layout.ts'
import { parseSettings, SETTINGS_KEYS } from '../../src/core/config/parse-settings.ts'
import { LEDGER_FORMAT } from '../../src/store/run-files/ledger.ts'
import { REAPED_FORMAT } from '../../src/store/run-files/reaped.ts'

const root = join(import.meta.dirname, '../..')
const reference = (name: string): string => readFileSync(join(root, 'docs/reference', name), 'utf8')

test('files.md names every file of a run and of a home', () => {
  const page = reference('files.md')
  const home = { state: '/s', runtime: '/r' }
  const names = [
    ...Object.entries(runPaths('/s/jobs/ID/runs/N')).map(([, path]: [string, string]) => basename(path)),
    basename(jobFile(home, 'ID')),
    basename(eventsDatabase(home)),
    basename(daemonSocket(home)),
    basename(anchorSocket(home)),
    'k/ID.N.sock',
    segmentName('out', 0),
    indexName('out'),
    indexName('err'),
  ]
  expect(keeperSocket({ runtime: '/r' }, 'ID', 7)).toBe('/r/k/ID.7.sock')
  expect(names.filter((name) => name !== 'N' && !page.includes(name))).toEqual([])
})

test('files.md has the format numbers of the sources', () => {
  const rows = new Map(
    Array.from(
      reference('files.md').matchAll(/^\| `([^`]+)`[^|]*\| (\d+) \|/gm),
      ([, name = '', number = '']) => [basename(name), Number(number)],
    ),
  )
  expect(Object.fromEntries(rows)).toMatchObject({
    'job.json': JOB_FORMAT,
    'spec.json': SPEC_FORMAT,
    'state.json': STATE_FORMAT,
    'outcome.json': OUTCOME_FORMAT,
    'reaped.json': REAPED_FORMAT,
    'ledger.json': LEDGER_FORMAT,
    'events.json': HIGH_WATER_FORMAT,
    'runtime.json': RUNTIME_FORMAT,
    'fettle.db': SCHEMA_VERSION,
  })
})

test('environment-variables.md names each variable that the sources read, and none that they do not', () => {
  const sources = sourceFiles().map((path) => readFileSync(path, 'utf8'))
  const read = new Set(
    sources.flatMap((text) =>
      Array.from(
        text.matchAll(/\benv\['([A-Z_]+)'\]|\b(FETTLE_(?!VERSION\b)[A-Z_]*[A-Z])\b|'(XDG_[A-Z_]+)'/g),
        ([, a, b, c]) => a ?? b ?? c ?? '',
      ),
    ),
  )
  read.delete('BUN_GC_TIMER_DISABLE')
  const page = reference('environment-variables.md')
  const tables = page.slice(0, page.indexOf('## Not passed on'))
  const told = new Set(Array.from(tables.matchAll(/`([A-Z][A-Z_]+)`/g), ([, name = '']) => name))
  expect([...read].filter((name) => !told.has(name))).toEqual([])
  expect([...told].filter((name) => !read.has(name) && name !== 'PATH')).toEqual([])
})

test('each guarantee that names a test names one that is there', () => {
  const links = Array.from(
    reference('guarantees.md').matchAll(/\]\((\.\.\/[^)]+)\)/g),
    ([, path = '']) => path,
  )
  expect(links.length).toBeGreaterThan(20)
  for (const link of links) expect(link).toEndWith('.test.ts')
  const missing = links.filter((link) => !existsSync(resolve(root, 'docs/reference', link)))
  expect(missing).toEqual([])
})

test('what the page of guarantees calls a test is named as its file is', () => {
  const links = reference('guarantees.md').matchAll(/\[([^\]]+)\]\((\.\.\/[^)]+)\)/g)
  for (const [, name = '', path = ''] of links) expect(basename(path)).toBe(`${name}.test.ts`)
})

function sourceFiles(): string[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(
      (path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && dirname(path) !== 'store/fixtures',
    )
    .map((path) => join(root, 'src', path))
}

test('configuration.md has every table and key of the settings, and no others', () => {
  const [, example = ''] = /```toml\n([^]*?)```/.exec(reference('configuration.md')) ?? []
  const tables: unknown = Bun.TOML.parse(example)
  const { faults } = parseSettings(tables)
  expect(faults).toEqual([])
  const keys = (value: unknown): string[] => (isRecord(value) ? Object.keys(value).sort() : [])
  expect(keys(tables)).toEqual(keys(SETTINGS_KEYS))
  for (const [table, known] of Object.entries(SETTINGS_KEYS)) {
    expect(keys(isRecord(tables) ? tables[table] : null)).toEqual(keys(known))
  }
})
