import { expect, test } from 'bun:test'
import { createQueryFilter } from './query-filter.ts'

function filtered(text: string, chunkBytes = 1000): string {
  const filter = createQueryFilter()
  const bytes = Buffer.from(text)
  const parts: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += chunkBytes)
    parts.push(filter.push(bytes.subarray(at, at + chunkBytes)))
  return Buffer.concat(parts).toString('utf8')
}

const QUERIES = [
  '\u001b[c',
  '\u001b[0c',
  '\u001b[>c',
  '\u001b[=c',
  '\u001b[6n',
  '\u001b[?6n',
  '\u001b[5n',
  '\u001b[?2026$p',
  '\u001b[>q',
  '\u001b[>0q',
  '\u001b[?u',
  '\u001b[14t',
  '\u001b[18t',
  '\u001b]11;?\u0007',
  '\u001b]10;?\u001b\\',
  '\u001b]4;1;?\u0007',
  '\u001bP+q544e\u001b\\',
  '\u001bP$qm\u001b\\',
  '\u001bZ',
  '\u0005',
] as const

test('questions are taken out, whole or cut anywhere', () => {
  for (const query of QUERIES) {
    for (const chunkBytes of [1, 2, 3, 1000]) expect(filtered(`a${query}b`, chunkBytes)).toBe('ab')
  }
})

test('everything else passes byte for byte', () => {
  const text =
    'grün 漢 \u001b[31mred\u001b[0m\u001b[2J\u001b[?25l\u001b]0;title\u0007\u001b]11;#ff0000\u0007\u001b[8;24;80t\u001b[10;5H\u001b(B\u001b7\u001b=\u001b[?1049h'
  for (const chunkBytes of [1, 7, 1000]) expect(filtered(text, chunkBytes)).toBe(text)
})

test('a string sequence that never ends is not held for ever', () => {
  const text = `\u001b]0;${'x'.repeat(10_000)}`
  expect(filtered(text).length).toBeGreaterThan(4000)
})
