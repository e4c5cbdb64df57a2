import { expect, test } from 'bun:test'
import { createSseParser } from './sse-parser.ts'

const TEXT = ': hello\n\nid: 7\nevent: run_ended\ndata: {"a":1}\n\nid: 8\r\ndata: x\r\ndata: y\r\n\r\n'
const MESSAGES = [
  { id: '7', event: 'run_ended', data: '{"a":1}' },
  { id: '8', event: '', data: 'x\ny' },
]

test('messages are the same wherever chunks are cut', () => {
  for (let at = 0; at <= TEXT.length; at++) {
    const parser = createSseParser()
    expect([...parser.push(TEXT.slice(0, at)), ...parser.push(TEXT.slice(at))]).toEqual(MESSAGES)
  }
})

test('an unfinished message is not told', () => {
  expect(createSseParser().push('id: 9\ndata: z\n')).toEqual([])
})
