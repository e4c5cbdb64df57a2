import { describe, expect, test } from 'bun:test'
import { FettleError } from '../core/errors.ts'
import { parseArgs } from './parse-args.ts'

const spec = {
  name: 'sample',
  flags: {
    all: { kind: 'boolean', short: 'a', help: '' },
    name: { kind: 'text', value: 'NAME', help: '' },
    label: { kind: 'list', value: 'K=V', help: '' },
    mode: { kind: 'choice', choices: ['one', 'two'], help: '' },
    grace: { kind: 'duration', help: '' },
    cap: { kind: 'size', help: '' },
    count: { kind: 'integer', value: 'N', min: 1, help: '' },
    pty: { kind: 'optional', value: 'ROWSxCOLS', pattern: /^\d+x\d+$/, help: '' },
  },
  positionals: { name: 'WORD', min: 0, max: 2 },
  rules: [
    { flag: 'all', excludes: ['name'], because: 'all is everyone' },
    { flag: 'grace', needs: ['mode'], because: 'there is nothing to wait for' },
  ],
} as const

const command = { ...spec, takesCommand: true, positionals: { name: 'CMD', min: 1, max: Infinity } } as const

function failure(argv: readonly string[]): FettleError {
  try {
    parseArgs(spec, argv)
  } catch (error) {
    if (error instanceof FettleError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('values', () => {
  test('each kind is read into its own type', () => {
    const { args } = parseArgs(spec, [
      '--name=x',
      '--label',
      'a=1',
      '--label=b=2',
      '--mode',
      'two',
      '--grace',
      '1m30s',
      '--cap',
      '2GB',
      '--count',
      '3',
      'w',
    ])
    expect(args.text('name')).toBe('x')
    expect(args.list('label')).toEqual(['a=1', 'b=2'])
    expect(args.text('mode')).toBe('two')
    expect(args.number('grace')).toBe(90_000)
    expect(args.number('cap')).toBe(2e9)
    expect(args.number('count')).toBe(3)
    expect(args.words).toEqual(['w'])
    expect(args.on('all')).toBe(false)
  })

  test('an optional value is taken only when it looks like one', () => {
    expect(parseArgs(spec, ['--pty', '24x80', 'w']).args.optional('pty')).toBe('24x80')
    expect(parseArgs(spec, ['--pty', 'w']).args.optional('pty')).toBeNull()
    expect(parseArgs(spec, ['w']).args.optional('pty')).toBe(false)
    expect(failure(['--pty=big']).code).toBe('bad_value')
  })

  test('a time without a unit, a wrong choice and a missing value are refused', () => {
    expect(failure(['--mode', 'one', '--grace', '10']).message).toContain('without a unit')
    expect(failure(['--mode', 'tow']).hint).toBe('Did you mean two?')
    expect(failure(['--name']).message).toContain('needs a value')
    expect(failure(['--name', '--all']).hint).toContain('--name=--all')
    expect(failure(['--count', '0']).code).toBe('bad_value')
    expect(failure(['--name', 'a', '--name', 'b']).message).toContain('twice')
  })
})

test('an unknown flag names its nearest neighbour', () => {
  expect(failure(['--lable', 'x']).hint).toBe('Did you mean --label?')
  expect(failure(['-x']).hint).toBe('See: fettle sample --help')
})

test('rules are told with their reason', () => {
  expect(failure(['--all', '--name', 'x']).message).toBe(
    '--all and --name do not go together: all is everyone',
  )
  expect(failure(['--grace', '1s']).message).toContain('means nothing without --mode')
})

test('help is answered even in a faulty line', () => {
  expect(parseArgs(spec, ['--grace', '1s', '--help', 'a', 'b', 'c']).globals.on('help')).toBe(true)
})

describe('a command of its own', () => {
  test('the first word ends the flags', () => {
    const { args } = parseArgs(command, ['--name', 'x', 'ls', '--all', '--json'], 1)
    expect(args.words).toEqual(['ls', '--all', '--json'])
    expect(args.on('all')).toBe(false)
    expect(args.commandAt).toBe(3)
  })

  test('-- ends them too and is not part of it', () => {
    const { args, globals } = parseArgs(command, ['--all', '--', '--json', '--'], 1)
    expect(args.words).toEqual(['--json', '--'])
    expect(args.commandAt).toBe(3)
    expect(globals.on('json')).toBe(false)
  })
})

test('words are counted', () => {
  expect(failure(['a', 'b', 'c']).message).toContain('"c" is one too many')
})
