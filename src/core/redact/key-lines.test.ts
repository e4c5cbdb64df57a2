import { expect, test } from 'bun:test'
import { createKeyLines } from './key-lines.ts'

test('the lines of a private key are told from those around it', () => {
  const keys = createKeyLines()
  const lines = ['a', '-----BEGIN RSA PRIVATE KEY-----', 'Qk9E', 'Qk9E', '-----END RSA PRIVATE KEY-----', 'b']
  expect(lines.map((line) => keys.isOfKey(line))).toEqual([false, true, true, true, true, false])
  expect(keys.isOfKey('-----BEGIN PRIVATE KEY-----\\nQk9E\\n-----END PRIVATE KEY-----')).toBe(true)
  expect(keys.isOfKey('b')).toBe(false)
})

test('a key that never ends takes no more than its length', () => {
  const keys = createKeyLines()
  keys.isOfKey('-----BEGIN PRIVATE KEY-----')
  for (let i = 0; i < 1_000; i++) keys.isOfKey('x')
  expect(keys.isOfKey('x')).toBe(false)
})
