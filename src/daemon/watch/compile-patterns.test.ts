import { expect, test } from 'bun:test'
import { requiredLiterals } from '../../core/watch/required-literals.ts'
import { compilePatterns } from './compile-patterns.ts'

test.each([
  ['ERROR|FATAL', '', ['ERROR', 'FATAL']],
  ['listening on port \\d+$', '', ['listening on port ']],
  ['^\\s*panic: (?:runtime|fatal) error', '', ['panic: ']],
  ['(READY|up) in', '', [' in']],
  ['x(READY|done)y?', '', ['READY', 'done']],
  ['ab+cd*efg?', '', ['ab']],
  ['a+b*cde?', '', ['cd']],
  ['fail', 'i', 16],
  ['ask', 'i', 18],
  ['a{3}bc', '', ['bc']],
  ['caf\u00e9 ol\u00e9', '', ['caf\u00e9 ol\u00e9']],
  ['[abc]+\\.tsx\\b', '', ['.tsx']],
  ['(?P<name>warn)ing', '', ['warn']],
])('what /%s/%s requires', (source, flags, expected) => {
  const found = requiredLiterals(source, flags)
  if (typeof expected === 'number') expect(found?.length).toBe(expected)
  else expect(found).toEqual(expected)
})

test.each([
  '\\d+m',
  'a|b',
  '(?i)error',
  'x*',
  '(READY)?',
  '\\x41BC',
  '\\QREADY\\E',
  '\\pLabc',
  'ab|\\d',
  '[[:alpha:]]abc',
])('nothing is known of /%s/', (source) => {
  expect(requiredLiterals(source, '')).toBeNull()
})

const EXPRESSIONS = [
  '/err(or|no)?: [a-z]+/',
  '/(GET|POST) \\/api/',
  '/ready|listening/i',
  '/Task.*sk/i',
  '/^done$/',
  '/x{0,2}yes/',
  '/(a|bc)+de/',
  '/\\[warn\\]|\\(fatal\\)/',
  '/ab?c+d{2}/',
  '/(?:no|yes) way/',
  '/caf\u00e9/',
  '/k\u00e4se/i',
  '/a.c|b\\.d/',
]
const WORDS =
  'error: errno: err: abc GET POST /api READY listening Task task a\u017fk TA\u017fK ta\u212a s\u212a done yes xyes ade bcde [warn] (fatal) acd ' +
  'abccdd acdd no way yes way caf\u00e9 K\u00c4SE k\u00e4se abc b.d bxd'

test('whatever an expression matches holds one of its texts', () => {
  const words = WORDS.split(' ')
  let matched = 0
  for (const text of EXPRESSIONS) {
    const { matchers, needles } = compilePatterns([text])
    for (const first of words) {
      for (const second of words) {
        const line = `${first} ${second}`
        if (matchers[0]?.matches(line) !== true) continue
        matched++
        expect([
          text,
          line,
          needles === null || needles.some((needle) => Buffer.from(line).includes(needle)),
        ]).toEqual([text, line, true])
      }
    }
  }
  expect(matched).toBeGreaterThan(1000)
})
