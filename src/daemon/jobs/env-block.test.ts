import { expect, test } from 'bun:test'
import { toEnvBlock } from './env-block.ts'

const own = { home: '/h', isTerminal: false }
const text = (base64: string): string[] =>
  Buffer.from(base64, 'base64').toString('latin1').split('\0').slice(0, -1)

test("variables that would act inside the run, and fettle's own, are not passed on", () => {
  const env = { A: '1', BUN_OPTIONS: 'x', NODE_CHANNEL_FD: '3', FETTLE_TEST: 'y', FETTLE_RUN: 'old', '': 'z' }
  const block = toEnvBlock({ env }, own)
  expect(block.names).toEqual(['A'])
  expect(text(block.base64)).toEqual(['A=1', 'FETTLE_HOME=/h'])
})

test('bytes that are not UTF-8 arrive as they were', () => {
  const envBytes = Buffer.from('A=\xff\xfe\0B=2\0', 'latin1').toString('base64')
  const block = toEnvBlock({ env: {}, envBytes }, { ...own, home: null })
  expect(text(block.base64)).toEqual(['A=\xff\xfe', 'B=2'])
})

test('a terminal has a terminal type', () => {
  const terminal = { ...own, home: null, isTerminal: true }
  expect(text(toEnvBlock({ env: { TERM: 'dumb' } }, terminal).base64)).toContain('TERM=xterm-256color')
  expect(text(toEnvBlock({ env: { TERM: 'screen' } }, terminal).base64)).toContain('TERM=screen')
})
