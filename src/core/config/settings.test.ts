import { expect, test } from 'bun:test'
import { applyEnvironment } from './apply-environment.ts'
import { findBrokenLine, findSettingLine } from './find-line.ts'
import { parseSettings } from './parse-settings.ts'
import { DEFAULT_SETTINGS } from './settings.ts'

test('what the file says stands, the rest has its default', () => {
  const { settings, faults } = parseSettings({
    run: { deadline: '1h', idle: 'none', 'max-output': '2GB', grace: '0s' },
    budgets: { 'output-per-owner': '10GB' },
    retention: { age: '30d' },
    callers: { 'runs-may': 'read' },
    redaction: { names: ['CORP_LOGIN'] },
  })
  expect(faults).toEqual([])
  expect(settings).toEqual({
    run: { deadlineMs: 3_600_000, idleMs: null, maxOutputBytes: 2e9, graceMs: 0 },
    budgets: { ...DEFAULT_SETTINGS.budgets, ownerOutputBytes: 10e9 },
    retention: { ...DEFAULT_SETTINGS.retention, maxAgeMs: 30 * 86_400_000 },
    runPermission: 'read',
    secretNames: ['CORP_LOGIN'],
  })
})

test('all faults are told at once, each with its table and key', () => {
  const { settings, faults } = parseSettings({
    run: { deadline: 10, colour: 'red', idle: '0s' },
    retention: { jobs: '5', age: '7 apples' },
    callers: { 'runs-may': 'everything' },
    redaction: { names: ['x'] },
    limits: {},
    stray: 1,
  })
  expect(faults.map(({ table, key }) => [table, key])).toEqual([
    ['run', 'deadline'],
    ['run', 'colour'],
    ['run', 'idle'],
    ['retention', 'jobs'],
    ['retention', 'age'],
    ['callers', 'runs-may'],
    ['redaction', 'names'],
    ['limits', null],
    ['stray', null],
  ])
  expect(faults[0]?.message).toBe('10 is not a time such as "10m", in quotes')
  expect(settings).toEqual(DEFAULT_SETTINGS)
})

test('variables win over the file, and a bad one is named', () => {
  const { settings } = parseSettings({ retention: { jobs: 5 } })
  expect(applyEnvironment(settings, { FETTLE_RETAIN_JOBS: '7', FETTLE_RUNS_MAY: '' }).retention.maxJobs).toBe(
    7,
  )
  expect(() => applyEnvironment(settings, { FETTLE_RETAIN_JOBS: 'many' })).toThrow(
    'FETTLE_RETAIN_JOBS: "many"',
  )
})

test('lines', () => {
  const text = '# c\nstray = 1\n[run]\nidle = "1m"\n\n[retention]\nage = "x"\n'
  expect(findSettingLine(text, 'run', 'idle')).toBe(4)
  expect(findSettingLine(text, 'retention', 'age')).toBe(7)
  expect(findSettingLine(text, 'retention', null)).toBe(6)
  expect(findSettingLine(text, 'stray', null)).toBe(2)
  expect(findSettingLine(text, 'run', 'none')).toBeNull()
  expect(findBrokenLine('a\nb\nBAD\nc\nd', (part) => !part.includes('BAD'))).toBe(3)
  expect(findBrokenLine('BAD', () => false)).toBe(1)
})
