import { expect, test } from 'bun:test'
import { createQueryScanner, type TerminalQuery } from './query-scanner.ts'

const SESSION =
  'plain \u001b[31mred\u001b[0m \u001b[c\u001b[>c\u001b[=c text \u001b[6n\u001b[?6n \u001b[5n\u001b[18t\u001b[14t' +
  '\u001b]0;a title\u0007\u001b]11;?\u0007\u001b]10;?\u001b\\\u001b[?2026$p\u001b[?9999$p\u001b[4$p\u001b[>q\u001b[?u\u001bZ\u001b[2J' +
  '\u001b]4;1;?\u0007\u001b]4;196;?\u001b\\\u001bP+q544e\u001b\\\u001bP$q q\u001b\\\u001b[?2004;1006h\u001b[?2004$p\u001b[?2004l\u001b[?2004$p\u001b[?996n\u001b[16t\u001b[19t'

function scan(text: string, cuts: readonly number[]): TerminalQuery[] {
  const bytes = Buffer.from(text)
  const scanner = createQueryScanner()
  const found: TerminalQuery[] = []
  let from = 0
  for (const to of [...cuts, bytes.length]) {
    found.push(...scanner.push(bytes.subarray(from, to), from))
    from = to
  }
  return found
}

test('each query is found once, with the offset after it, wherever the chunks are cut', () => {
  const whole = scan(SESSION, [])
  expect(whole.map((query) => (query.kind === 'answer' ? query.text : query.kind))).toEqual([
    '\u001b[?62;22c',
    '\u001b[>41;390;0c',
    '\u001bP!|00000000\u001b\\',
    'cursor',
    'cursor',
    '\u001b[0n',
    'size',
    'size',
    '\u001b]11;rgb:0000/0000/0000\u0007',
    '\u001b]10;rgb:ffff/ffff/ffff\u001b\\',
    '\u001b[?2026;2$y',
    '\u001b[?9999;0$y',
    '\u001b[4;0$y',
    '\u001bP>|fettle\u001b\\',
    '\u001b[?0u',
    '\u001b[?62;22c',
    '\u001b]4;1;rgb:cdcd/0000/0000\u0007',
    '\u001b]4;196;rgb:ffff/0000/0000\u001b\\',
    '\u001bP0+r\u001b\\',
    '\u001bP0$r\u001b\\',
    '\u001b[?2004;1$y',
    '\u001b[?2004;2$y',
    '\u001b[?997;1n',
    '\u001b[6;16;8t',
    'size',
  ])
  expect(whole[0]?.end).toBe(SESSION.indexOf('\u001b[c') + 3)
  for (let cut = 0; cut <= SESSION.length; cut++) {
    expect(scan(SESSION, [cut])).toEqual(whole)
    expect(scan(SESSION, [cut, Math.min(cut + 1, SESSION.length)])).toEqual(whole)
  }
})

test('answers, colours set and other sequences are no queries', () => {
  expect(scan('\u001b[?62;22c\u001b]11;rgb:0/0/0\u0007\u001b[1;5H\u001b[1c\u001b[0m\u001b(B', [])).toEqual([])
})

test('a beginning that never ends holds nothing back for long', () => {
  const scanner = createQueryScanner()
  scanner.push(Buffer.from('\u001b['), 0)
  scanner.push(Buffer.from('1;'.repeat(100)), 2)
  expect(scanner.push(Buffer.from('\u001b[c'), 202)).toHaveLength(1)
})
