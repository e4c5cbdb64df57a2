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
      envDump: false,
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
    envDump: false,
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
  const shown = print({ keep: { matches: (line) => line.includes('x'), needles: ['x'] } }, (printer) => {
    printer.push(Buffer.from('ax\nb\nc'))
    printer.showUnfinished()
    printer.push(Buffer.from('x\n'))
    printer.end()
  })
  expect(shown).toBe('ax\ncx\n')
})

const TOKEN = `ghp_${'a1B2c3D4e5'.repeat(4)}`

test('what was begun before the first byte is known: secrets, keys over lines, sequences, characters', () => {
  const from = (before: string | Buffer, bytes: string | Buffer): string =>
    print({ before: Buffer.from(before) }, (printer) => {
      printer.push(Buffer.from(bytes))
      printer.end()
    })
  expect(from(`token ${TOKEN.slice(0, 12)}`, `${TOKEN.slice(12)} after\n`)).toBe('*** after\n')
  const body = `${'Qk9E'.repeat(16)}\n`
  const key = '-----BEGIN PRIVATE KEY-----\n'
  expect(from(key + body, `${body}${body}`)).not.toContain('Qk9E')
  expect(from(`${key}${body}-----END PRIVATE KEY-----\n`, 'next\n')).toBe('next\n')
  expect(from('\u001b[3', '1mred\n')).toBe('red\n')
  expect(from(Buffer.from('€').subarray(0, 1), Buffer.from('€ 5\n').subarray(1))).toBe('\u20ac 5\n')
})

test('a listing of variables is masked by name, with colours and over chunks', () => {
  const shown = print({ envDump: true }, (printer) => {
    printer.push(Buffer.from('STRIPE_KEY=\u001b[1mab'))
    printer.push(Buffer.from('c def\nSHELL=/bin/sh\n'))
    printer.end()
  })
  expect(shown).toBe('STRIPE_KEY=***\nSHELL=/bin/sh\n')
})

test('following line by line looks back no further than it must', () => {
  const parts = Array.from({ length: 20_000 }, (_, i) => Buffer.from(`line ${i} of a log\n`))
  const shown = print({}, (printer) => {
    for (const part of parts) printer.push(part)
    printer.end()
  })
  expect(shown).toBe(Buffer.concat(parts).toString())
})

test('a search finds lines cut by chunks, with carriage returns and colours, and tells nothing of a secret', () => {
  const text = `one\r\ntw\u001b[1mo\u001b[0m x\r\ntoken ${TOKEN} x\r\n${'y'.repeat(200_000)} x\nlast x`
  const search = (
    matches: (line: string) => boolean,
    needles: readonly string[] | null,
    size: number,
  ): string =>
    print({ keep: { matches, needles } }, (printer) => {
      const bytes = Buffer.from(text)
      for (let at = 0; at < bytes.length; at += size) printer.push(bytes.subarray(at, at + size))
      printer.end()
    })
  for (const size of [7, 1000, 1_000_000]) {
    const found = search((line) => line.endsWith('x'), null, size)
    expect(found.slice(0, 200)).toStartWith('two x\r\ntoken ghp_a1...D4e5 x\r\n')
    expect(found.endsWith('x\nlast x')).toBe(true)
    expect(search((line) => line.includes('two'), ['two'], size)).toBe('two x\r\n')
    expect(search((line) => line.includes('c3D4e5a1'), ['c3D4e5a1'], size)).toBe('')
  }
})

test('bytes are searched as the text they are', () => {
  const found = print(
    { raw: true, keep: { matches: (line) => line === 'grün', needles: ['grün'] } },
    (printer) => {
      printer.push(Buffer.from('rot\ngr\u001b[1mün\n'))
      printer.end()
    },
  )
  expect(Buffer.from(found, 'latin1').toString()).toBe('gr\u001b[1mün\n')
})

test('the beginning of a secret is held back while it may go on; a prompt is not', () => {
  for (const [text, shown] of [
    [`x ${TOKEN}`, 'x '],
    [`dop_v1_${'0123456789abcdef'.repeat(4)}`, ''],
    ['password: hunter2xyz', 'password: '],
    ['https://me:hunter2xyz@example.com', 'https://'],
    ['Password: ', 'Password: '],
    ['Compiling 12 of 100', 'Compiling 12 of 100'],
    ['$ ls', '$ ls'],
  ] as const) {
    let whole = ''
    const printer = new OutputPrinter({
      raw: false,
      unredacted: false,
      envDump: false,
      keep: null,
      write: (data) => (whole += String(data)),
      tellGap: () => {},
    })
    const half = text.length < 20 && !text.startsWith('password') ? text.length : Math.floor(text.length / 2)
    printer.push(Buffer.from(text.slice(0, half)))
    printer.showUnfinished()
    const secret = text.slice(shown.length)
    if (half === text.length) expect(whole).toBe(shown)
    else if (secret.length > 9) expect(whole).not.toContain(secret.slice(0, 9))
    printer.push(Buffer.from(`${text.slice(half)}\n`))
    expect(whole.slice(0, shown.length)).toBe(shown)
    expect(whole).toEndWith('\n')
  }
})
