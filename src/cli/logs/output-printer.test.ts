import { expect, test } from 'bun:test'
import { OutputPrinter } from './output-printer.ts'
import type { PrinterOptions } from './output-printer.ts'

function print(options: Partial<PrinterOptions>, act: (printer: OutputPrinter) => void): string {
  const parts: Buffer[] = []
  const write = (data: string | Uint8Array): void => void parts.push(Buffer.from(data))
  act(
    new OutputPrinter({
      raw: false,
      unredacted: false,
      keep: null,
      write,
      tellGap: (text) => write(`[${text}]\n`),
      ...options,
    }),
  )
  return Buffer.concat(parts).toString(options.raw === true ? 'latin1' : 'utf8')
}

test('characters and sequences that a chunk cuts are put together, and controls taken out', () => {
  const bytes = Buffer.from('gr\u001b[31mün\u001b[0m 漢\n')
  const shown = print({}, (printer) => {
    for (const byte of bytes) printer.push(Uint8Array.of(byte))
    printer.end()
  })
  expect(shown).toBe('grün 漢\n')
})

test('a secret is taken out wherever a chunk cuts it', () => {
  const line = 'export API_KEY=sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789\nnext\n'
  for (let cut = 1; cut < line.length; cut += 1) {
    const shown = print({}, (printer) => {
      printer.push(Buffer.from(line.slice(0, cut)))
      printer.push(Buffer.from(line.slice(cut)))
      printer.end()
    })
    expect(shown).not.toContain('abcdefghijklmnop')
    expect(shown).toContain('next\n')
  }
})

test('raw bytes come out as they went in', () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  const shown = print({ raw: true }, (printer) => {
    printer.push(bytes.subarray(0, 100))
    printer.push(bytes.subarray(100))
    printer.end()
  })
  expect(Buffer.from(shown, 'latin1').equals(bytes)).toBe(true)
})

test('a prompt is held until it is asked for, then continued', () => {
  const seen: string[] = []
  const printer = new OutputPrinter({
    raw: false,
    unredacted: false,
    keep: null,
    write: (data) => void seen.push(String(data)),
    tellGap: () => {},
  })
  printer.push(Buffer.from('a\nPassword: '))
  expect(seen).toEqual(['a\n'])
  printer.showUnfinished()
  expect(seen).toEqual(['a\n', 'Password: '])
  printer.push(Buffer.from('ok\n'))
  expect(seen.join('')).toBe('a\nPassword: ok\n')
})

test('a hole is stated where it is, after the line it broke', () => {
  const shown = print({}, (printer) => {
    printer.push(Buffer.from('half a li'))
    printer.gap(1_204_224)
    printer.push(Buffer.from('rest\n'))
    printer.end()
  })
  expect(shown).toBe('half a li[dropped 1,204,224 bytes here]\nrest\n')
})

test('a filter judges whole lines', () => {
  const shown = print({ keep: (line) => line.includes('x') }, (printer) => {
    printer.push(Buffer.from('ax\nb\nc'))
    printer.showUnfinished()
    printer.push(Buffer.from('x\n'))
    printer.end()
  })
  expect(shown).toBe('ax\ncx\n')
})
