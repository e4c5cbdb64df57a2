import { expect, test } from 'bun:test'
import { createUtf8Decoder, decodeUtf8 } from './utf8-decoder.ts'

const SAMPLES: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['ascii', [0x61, 0x0a, 0x00, 0x7f]],
  ['two to four bytes', [0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80]],
  ['lone continuation', [0x80, 0xbf, 0x61]],
  ['overlong', [0xc0, 0xaf, 0xe0, 0x80, 0x80, 0xf0, 0x80, 0x80, 0x80]],
  ['surrogate', [0xed, 0xa0, 0x80, 0xed, 0xbf, 0xbf]],
  ['beyond the last', [0xf4, 0x90, 0x80, 0x80, 0xf5, 0x80, 0xff]],
  ['cut then ascii', [0xe2, 0x82, 0x41, 0xf0, 0x9f, 0x98, 0x41]],
  ['cut then lead', [0xe2, 0x82, 0xe2, 0x82, 0xac]],
  ['cut at the end', [0x61, 0xf0, 0x9f, 0x98]],
  ['byte order mark', [0xef, 0xbb, 0xbf, 0x61]],
]

for (const [name, list] of SAMPLES) {
  const bytes = Uint8Array.from(list)
  const expected = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)

  test(`as the platform decodes: ${name}`, () => {
    expect(decodeUtf8(bytes)).toBe(expected)
  })

  test(`any cut gives the same: ${name}`, () => {
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second++) {
        const decoder = createUtf8Decoder()
        const parts = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)]
        expect(parts.map((part) => decoder.push(part)).join('') + decoder.end()).toBe(expected)
      }
    }
  })
}

test('arbitrary bytes decode as the platform decodes them', () => {
  // A fixed sequence (linear congruential) biased to lead and continuation bytes.
  let seed = 7
  const bytes = Uint8Array.from({ length: 60_000 }, () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed % 3 === 0 ? (seed >> 8) % 128 : 128 + ((seed >> 8) % 128)
  })
  const expected = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const decoder = createUtf8Decoder()
  let text = ''
  for (let at = 0; at < bytes.length; at += 613) text += decoder.push(bytes.subarray(at, at + 613))
  expect(text + decoder.end()).toBe(expected)
})

test('after the end it starts over', () => {
  const decoder = createUtf8Decoder()
  decoder.push(Uint8Array.of(0xe2))
  expect(decoder.end()).toBe('\ufffd')
  expect(decoder.end()).toBe('')
  expect(decoder.push(Uint8Array.of(0x61))).toBe('a')
})
