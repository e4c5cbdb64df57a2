import { expect, test } from 'bun:test'
import { oneLine } from './one-line.ts'

test('control characters are written out', () => {
  expect(oneLine('a\nb\u001b[31m\u0085c\u2028')).toBe(String.raw`a\nb\u001b[31m\u0085c\u2028`)
  expect(oneLine('plain “text” äö')).toBe('plain “text” äö')
})

test('the middle of a long text is cut and counted', () => {
  const text = oneLine(`begin${'x'.repeat(10_000)}end`)
  expect(text).toStartWith('beginxxx')
  expect(text).toEndWith('xxxend')
  expect(text).toContain(' … 8008 characters more … ')
})
