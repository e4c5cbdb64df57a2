import { expect, test } from 'bun:test'
import { createLineSplitter } from './line-splitter.ts'

function texts(chunks: readonly string[]): { lines: string[]; pending: string | null } {
  const splitter = createLineSplitter()
  const lines = chunks.flatMap((chunk) => splitter.push(chunk).map((line) => line.text))
  return { lines, pending: splitter.pending()?.text ?? null }
}

test('lines end by \\n and \\r\\n, the last one stays pending', () => {
  expect(texts(['a\nb\r\n\nc'])).toEqual({ lines: ['a', 'b', ''], pending: 'c' })
  expect(texts(['READ', 'Y\n'])).toEqual({ lines: ['READY'], pending: null })
})

test('a bare \\r goes back to the start: the last state counts', () => {
  expect(texts(['10%\r50%\r100%\ndone'])).toEqual({ lines: ['100%'], pending: 'done' })
  expect(texts(['10%\r50%\r'])).toEqual({ lines: [], pending: '50%' })
  expect(texts(['100%\r\r\n'])).toEqual({ lines: ['100%'], pending: null })
})

test('any cut gives the same lines', () => {
  const text = 'one\r\ntwo\rTWO\n\r\nthree\r\r\n\rfour'
  const whole = texts([text])
  for (let first = 0; first <= text.length; first++) {
    for (let second = first; second <= text.length; second++) {
      expect(texts([text.slice(0, first), text.slice(first, second), text.slice(second)])).toEqual(whole)
    }
  }
})

test('a line over the bound is cut and says by how much', () => {
  const splitter = createLineSplitter({ maxLineChars: 5 })
  expect(splitter.push('abcdefg')).toEqual([])
  expect(splitter.pending()).toEqual({ text: 'abcde', cutChars: 2 })
  expect(splitter.push('hi\nnext\n')).toEqual([
    { text: 'abcde', cutChars: 4 },
    { text: 'next', cutChars: 0 },
  ])
})

test('the default bound is 64 kB', () => {
  const splitter = createLineSplitter()
  expect(splitter.push(`${'x'.repeat(70_000)}\n`)).toEqual([{ text: 'x'.repeat(65_536), cutChars: 4_464 }])
})

test('end gives the unfinished line once', () => {
  const splitter = createLineSplitter()
  splitter.push('Password:')
  expect(splitter.pending()?.text).toBe('Password:')
  expect(splitter.end()?.text).toBe('Password:')
  expect(splitter.end()).toBeNull()
})
