import { expect, test } from 'bun:test'
import { createAnsiStripper, stripAnsi } from './strip-ansi.ts'

const ESC = '\u001b'

const CASES: readonly (readonly [name: string, text: string, plain: string])[] = [
  ['colour', `${ESC}[1;31mred${ESC}[0m`, 'red'],
  ['private and intermediate', `a${ESC}[?25lb${ESC}[4 qc`, 'abc'],
  ['colon parameters', `${ESC}[38:2::1:2:3mx`, 'x'],
  ['OSC by BEL', `${ESC}]0;title\u0007x`, 'x'],
  ['OSC by ST', `${ESC}]8;;http://a${ESC}\\link${ESC}]8;;${ESC}\\`, 'link'],
  ['OSC in 8-bit', '\u009d0;title\u009cx', 'x'],
  ['DCS with line feed', `${ESC}Pq#0;2;0\n#1~~@@${ESC}\\x`, 'x'],
  ['SOS, PM, APC', `${ESC}Xa${ESC}\\1${ESC}^b${ESC}\\2${ESC}_Gf=100;AAAA${ESC}\\3`, '123'],
  ['BEL does not end a DCS', `${ESC}Pa\u0007b${ESC}\\x`, 'x'],
  ['nF', `${ESC}(Ba${ESC}#8b${ESC} Fc`, 'abc'],
  ['Fe, Fp, Fs', `${ESC}Ma${ESC}7b${ESC}8${ESC}=${ESC}>${ESC}cc`, 'abc'],
  ['CSI in 8-bit', '\u009b31mx', 'x'],
  ['single C1', 'a\u0084b\u008dc', 'abc'],
  ['NEL stays', 'a\u0085b', 'a\u0085b'],
  ['ESC begins anew in CSI', `${ESC}[3${ESC}[1mx`, 'x'],
  ['CAN ends it', `${ESC}[3\u0018x`, 'x'],
  ['line feed in CSI', `${ESC}[3\nx`, '\nx'],
  ['OSC never ended stops at the line', `${ESC}]0;lost\nnext`, '\nnext'],
  ['tabs and returns stay', 'a\tb\rc\bd\u0007', 'a\tb\rc\bd\u0007'],
  ['other languages', `日本${ESC}[1m語 😀`, '日本語 😀'],
  ['non-character after ESC', `${ESC}é`, 'é'],
]

for (const [name, text, plain] of CASES) {
  test(`takes out: ${name}`, () => {
    expect(stripAnsi(text)).toBe(plain)
  })

  test(`any cut gives the same: ${name}`, () => {
    for (let first = 0; first <= text.length; first++) {
      for (let second = first; second <= text.length; second++) {
        const stripper = createAnsiStripper()
        const parts = [text.slice(0, first), text.slice(first, second), text.slice(second)]
        expect(parts.map((part) => stripper.push(part)).join('')).toBe(plain)
      }
    }
  })
}

test('a string that never ends is given up at its bound and text comes back', () => {
  const stripper = createAnsiStripper()
  stripper.push(`${ESC}]52;c;`)
  let kept = ''
  for (let i = 0; i < 20; i++) kept += stripper.push('x'.repeat(65_536))
  expect(kept.length).toBeGreaterThan(0)
  expect(kept.length).toBeLessThan(20 * 65_536)
  const dcs = createAnsiStripper()
  dcs.push(`${ESC}P`)
  expect(dcs.push('line\n'.repeat(100_000))).toEndWith('line\n')
})

test('an unfinished sequence at the end takes nothing before it', () => {
  expect(stripAnsi(`done${ESC}[3`)).toBe('done')
})
