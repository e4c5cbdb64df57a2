import { expect, test } from 'bun:test'
import { parseArgs } from '../parse-args.ts'
import { makeRunRequest } from './make-run-request.ts'
import { readAfter, readBudget, readPtySize, readReadiness } from './read-run-values.ts'
import { RUN_FLAGS, RUN_RULES } from './run-flags.ts'

const options = { cwd: '/w', timeoutMs: 5 }

test('checks of readiness', () => {
  expect(readReadiness('output:listening on', options)).toEqual({
    kind: 'output',
    pattern: 'listening on',
    timeoutMs: 5,
  })
  expect(readReadiness('port:80', options)).toEqual({ kind: 'port', port: 80, timeoutMs: 5 })
  expect(readReadiness('http://x:1/', options)).toEqual({ kind: 'http', url: 'http://x:1/', timeoutMs: 5 })
  expect(readReadiness('http:https://x/', options)).toEqual({ kind: 'http', url: 'https://x/', timeoutMs: 5 })
  expect(readReadiness('file:a/b', options)).toEqual({ kind: 'file', path: '/w/a/b', timeoutMs: 5 })
  expect(() => readReadiness('port:70000', options)).toThrow('above 65535')
  expect(() => readReadiness('soon', options)).toThrow('is not a check')
})

test('order, budget and size', () => {
  expect(readAfter('db')).toEqual({ job: 'db', condition: 'ready' })
  expect(readAfter('a:b:ok')).toEqual({ job: 'a:b', condition: 'ok' })
  expect(() => readAfter('db:done')).toThrow('is not of the form')
  expect(readBudget('3/1m')).toEqual({ budget: 3, windowMs: 60_000 })
  expect(() => readBudget('3')).toThrow('N/WINDOW')
  expect(readPtySize('24x80')).toEqual({ rows: 24, cols: 80 })
  expect(() => readPtySize('0x80')).toThrow('not a size')
})

const spec = {
  name: 'run',
  flags: RUN_FLAGS,
  rules: RUN_RULES,
  takesCommand: true,
  positionals: { name: 'CMD', min: 0, max: Number.POSITIVE_INFINITY },
} as const

test('a command line becomes a request that holds only what was said', () => {
  const { args } = parseArgs(spec, [
    '--name',
    'web',
    '--pty',
    '24x80',
    '--deadline',
    '10m',
    '--restart',
    'on-failure',
    '--restart-budget',
    '3/1m',
    '--watch',
    'ERROR',
    '--watch=/x+/',
    '--stop-signal',
    'int',
    '--label',
    'tier=a',
    '--owner',
    'me',
    '--cwd',
    '/w',
    '--',
    'npm',
    'start',
  ])
  const { request, warnings } = makeRunRequest(args)
  const { env, caller, requestKey, ...said } = request
  expect(said).toEqual({
    argv: ['npm', 'start'],
    cwd: '/w',
    owner: 'me',
    name: 'web',
    labels: { tier: 'a' },
    pty: { rows: 24, cols: 80 },
    stdin: 'pty',
    watch: { patterns: ['ERROR', '/x+/'] },
    limits: { deadlineMs: 600_000 },
    stop: { signal: 'SIGINT' },
    restart: { when: 'on-failure', budget: 3, windowMs: 60_000 },
  })
  expect(Object.keys(env).length).toBeGreaterThan(0)
  expect(caller.openFiles).toHaveLength(2)
  expect(requestKey).toHaveLength(36)
  expect(warnings).toEqual([])
})

test('a value in argv is warned of; shell and command exclude each other', () => {
  expect(makeRunRequest(parseArgs(spec, ['--env', 'T=1', 'true']).args).warnings[0]).toContain(
    'the value of T',
  )
  expect(() => makeRunRequest(parseArgs(spec, ['--shell', 'a', 'b']).args)).toThrow('do not go together')
  expect(() => makeRunRequest(parseArgs(spec, []).args)).toThrow('No command')
  expect(() => parseArgs(spec, ['--pty', '--split', 'x'])).toThrow('a terminal has one stream')
})
