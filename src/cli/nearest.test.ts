import { expect, test } from 'bun:test'
import { editDistance, nearest } from './nearest.ts'

test('distance counts insertions, deletions, changes and swaps', () => {
  expect(editDistance('logs', 'logs')).toBe(0)
  expect(editDistance('lgos', 'logs')).toBe(1)
  expect(editDistance('kil', 'kill')).toBe(1)
  expect(editDistance('', 'abc')).toBe(3)
})

test('only what is near is proposed', () => {
  expect(nearest('staus', ['status', 'start'])).toBe('status')
  expect(nearest('comp', ['completion', 'consumer'])).toBe('completion')
  expect(nearest('xyzzy', ['status', 'logs'])).toBeNull()
})
