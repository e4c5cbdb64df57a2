import { expect, test } from 'bun:test'
import { FettleError } from '../errors.ts'
import { formatJobId, isJobId } from './job-id.ts'
import { isJobName, parseJobName } from './job-name.ts'
import { type Selectable, matchesGlob, resolveSelectors, resolveSingle } from './selector.ts'

function job(id: string, rest: Partial<Selectable> = {}): Selectable {
  return {
    id,
    name: null,
    owner: 'ann',
    task: null,
    labels: {},
    state: 'running',
    createdAtMs: 0,
    restart: { nextStartMs: null },
    ...rest,
  }
}

const WEB = job('proc_aaaa00000001', { name: 'web-1', task: 't1', labels: { tier: 'front' } })
const WEB2 = job('proc_aaaa10000002', { name: 'web-2', labels: { tier: 'back' } })
const DB = job('proc_bbbb00000003', { name: 'db', owner: 'bob', task: 't1' })
const NAMELESS = job('proc_cccc00000004')
const JOBS = [WEB, WEB2, DB, NAMELESS]

function codeOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof FettleError) return error.code
    throw error
  }
  return 'none'
}

test('ids are made of six bytes', () => {
  const id = formatJobId(Uint8Array.of(0, 1, 0xab, 0xcd, 0xef, 255))
  expect(id).toBe('proc_0001abcdefff')
  expect(isJobId(id)).toBe(true)
  for (const other of ['proc_0001ABCDEFFF', 'proc_0001abcdeff', 'x', 'proc_0001abcdefff ', 7]) {
    expect(isJobId(other)).toBe(false)
  }
  expect(() => formatJobId(new Uint8Array(5))).toThrow('6 bytes')
})

test('names are told from ids, flags and globs', () => {
  for (const name of ['web', 'a', 'x.y_z-1', 'n'.repeat(64)]) expect(parseJobName(name)).toBe(name)
  for (const name of ['', '-x', 'proc_x', 'a b', 'a*', 'é', 'n'.repeat(65), 'a\n', 'owner:x']) {
    expect(isJobName(name)).toBe(false)
    expect(codeOf(() => parseJobName(name))).toBe('bad_value')
  }
})

test.each([
  ['proc_aaaa00000001', [WEB]],
  ['aaaa0', [WEB]],
  ['proc_bbbb', [DB]],
  ['web-2', [WEB2]],
  ['web-*', [WEB, WEB2]],
  ['d?', [DB]],
  ['owner:ann', [WEB, WEB2, NAMELESS]],
  ['task:t1', [WEB, DB]],
  ['label:tier=back', [WEB2]],
  ['label:tier', [WEB, WEB2]],
])('%s', (selector, expected) => {
  expect(resolveSelectors({ selectors: [selector], jobs: JOBS })).toEqual(expected)
})

test('several selectors name each job once, in the order of the list', () => {
  expect(resolveSelectors({ selectors: ['db', 'task:t1', 'bbbb'], jobs: JOBS })).toEqual([WEB, DB])
})

test('an ambiguous prefix lists its candidates', () => {
  try {
    resolveSingle('aaaa', { jobs: JOBS })
    expect.unreachable()
  } catch (error) {
    if (!(error instanceof FettleError)) throw error
    expect(error.code).toBe('ambiguous_selector')
    expect(error.message).toContain('web-1')
    expect(error.data['candidates']).toHaveLength(2)
  }
})

test('what means nothing is an error, and three digits say why', () => {
  for (const selector of [
    'nobody',
    'zz-*',
    'owner:zoe',
    'task:none',
    'label:a=b',
    'dddd',
    'label:toString',
  ]) {
    expect(codeOf(() => resolveSelectors({ selectors: [selector], jobs: JOBS }))).toBe('job_not_found')
  }
  expect(() => resolveSingle('bbb', { jobs: JOBS })).toThrow(FettleError)
  expect(codeOf(() => resolveSelectors({ selectors: ['owner:'], jobs: JOBS }))).toBe('bad_value')
})

test('a pattern that is to act reaches own jobs only, everything else says whom it means', () => {
  const act = (selector: string, owner: string): Selectable[] =>
    resolveSelectors({ selectors: [selector], jobs: JOBS, owner, ownGlobs: true })
  expect(act('web-*', 'ann')).toEqual([WEB, WEB2])
  expect(() => act('web-*', 'bob')).toThrow('No job of "bob"')
  expect(act('web-1', 'bob')).toEqual([WEB])
  expect(act('aaaa0', 'bob')).toEqual([WEB])
  expect(act('owner:ann', 'bob')).toEqual([WEB, WEB2, NAMELESS])
  expect(resolveSelectors({ selectors: ['web-*'], jobs: JOBS, owner: 'bob' })).toEqual([WEB, WEB2])
})

test('never everything by implication', () => {
  expect(codeOf(() => resolveSelectors({ selectors: [], jobs: JOBS }))).toBe('usage')
  expect(codeOf(() => resolveSelectors({ selectors: [''], jobs: JOBS }))).toBe('bad_value')
  for (const glob of ['*', '**', '?*', '*?*']) {
    expect(codeOf(() => resolveSelectors({ selectors: [glob], jobs: JOBS }))).toBe('confirmation_needed')
  }
  expect(resolveSelectors({ selectors: [], jobs: JOBS, all: true })).toEqual(JOBS)
  expect(resolveSelectors({ selectors: ['*'], jobs: JOBS, all: true })).toEqual([WEB, WEB2, DB])
})

test('a name used by several owners or again means the own, living one', () => {
  const old = job('proc_dddd00000005', { name: 'api', state: 'exited' })
  const live = job('proc_dddd00000006', { name: 'api' })
  const others = job('proc_dddd00000007', { name: 'api', owner: 'bob' })
  const jobs = [old, live, others]
  expect(resolveSingle('api', { jobs, owner: 'ann' })).toEqual(live)
  expect(resolveSingle('api', { jobs, owner: 'bob' })).toEqual(others)
  expect(codeOf(() => resolveSingle('api', { jobs }))).toBe('ambiguous_selector')
})

test('of several ended jobs of one name the newest is meant, and one that will start again lives', () => {
  const first = job('proc_eeee00000001', { name: 'api', state: 'exited', createdAtMs: 1 })
  const last = job('proc_eeee00000002', { name: 'api', state: 'exited', createdAtMs: 3 })
  const others = job('proc_eeee00000003', { name: 'api', state: 'lost', createdAtMs: 2, owner: 'bob' })
  expect(resolveSingle('api', { jobs: [last, others, first] })).toEqual(last)
  expect(resolveSingle('api', { jobs: [last, others, first], owner: 'bob' })).toEqual(others)
  const between = { ...first, restart: { nextStartMs: 9 } }
  expect(resolveSingle('api', { jobs: [between, last, others] })).toEqual(between)
  const living = { ...others, state: 'running' }
  expect(resolveSingle('api', { jobs: [first, last, living] })).toEqual(living)
  expect(resolveSingle('api', { jobs: [first, last, living], owner: 'ann' })).toEqual(last)
})

test('globs end in bounded time', () => {
  expect(matchesGlob('a'.repeat(2_000), `${'*a'.repeat(500)}b`)).toBe(false)
  expect(matchesGlob('web-1', 'w*b-?')).toBe(true)
  expect(matchesGlob('web', 'web?')).toBe(false)
  expect(matchesGlob('', '*')).toBe(true)
})
