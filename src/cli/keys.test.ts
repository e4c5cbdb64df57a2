import { expect, test } from 'bun:test'
import { hasCursorKey, toKeyBytes } from './keys.ts'

test('keys become what a terminal sends', () => {
  expect(toKeyBytes('C-c')).toBe('\u0003')
  expect(toKeyBytes('^d,Enter')).toBe('\u0004\r')
  expect(toKeyBytes('Up,F1,F12')).toBe('\u001b[A\u001bOP\u001b[24~')
  expect(toKeyBytes('M-x,alt-Enter')).toBe('\u001bx\u001b\r')
  expect(toKeyBytes('escape,:,q,Enter')).toBe('\u001b:q\r')
  expect(toKeyBytes('C-Space,C-?')).toBe('\0\u007f')
})

test('a name that is none is refused with the nearest', () => {
  expect(() => toKeyBytes('Entr')).toThrow('"Entr" is not the name of a key')
  expect(() => toKeyBytes('C-1')).toThrow('not the name of a key')
})

test('cursor keys are sent as the program has asked for', () => {
  expect(toKeyBytes('Up,End,PageUp,F5', { applicationCursor: true })).toBe(
    '\u001bOA\u001bOF\u001b[5~\u001b[15~',
  )
  expect(hasCursorKey('C-c,left')).toBe(true)
  expect(hasCursorKey('C-c,F1,x')).toBe(false)
})
