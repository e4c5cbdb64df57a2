import { expect, test } from 'bun:test'
import { quoteArgv } from './quote-argv.ts'

test('plain elements stay plain', () => {
  expect(quoteArgv(['npm', 'run', 'build:all', '--out=./dist', 'a@1.2'])).toBe(
    'npm run build:all --out=./dist a@1.2',
  )
})

test('what a shell would read is quoted', () => {
  expect(quoteArgv(['sh', '-c', 'echo "$HOME" && ls *', ''])).toBe(`sh -c 'echo "$HOME" && ls *' ''`)
  expect(quoteArgv(["it's"])).toBe(`'it'\\''s'`)
  expect(quoteArgv(['~/x', '#no', 'é'])).toBe(`'~/x' '#no' 'é'`)
})

test('control characters cannot reach the terminal', () => {
  expect(quoteArgv(["a\nb'\\\u001b[31m\u009b"])).toBe(String.raw`$'a\nb\'\\\x1b[31m\u009b'`)
})

test('a shell reads back what was quoted', () => {
  const argv = ['printf', '%s|', "a'b", 'x y', '$(id)', 'tab\there', 'é😀', '\\n', 'l1\nl2']
  const answer = Bun.spawnSync(['bash', '-c', quoteArgv(argv)])
  expect(answer.stdout.toString()).toBe(
    argv
      .slice(2)
      .map((part) => `${part}|`)
      .join(''),
  )
})
