import { expect, test } from 'bun:test'
import { DEFAULT_LIMITS, DEFAULT_PTY } from '../../protocol/api/run-defaults.ts'
import { runRequestSchema, type RunRequest } from '../../protocol/api/run-request.ts'
import { toRunSpec } from './to-run-spec.ts'

const base: RunRequest = {
  cwd: '/tmp',
  env: {},
  owner: 'me',
  caller: { umask: 18, nice: 0, openFiles: [1024, 4096] },
}
const specOf = (change: Partial<RunRequest>) =>
  toRunSpec(runRequestSchema.parse({ ...base, ...change }), { cwd: '/tmp', envNames: [] })
const faultOf = (change: Partial<RunRequest>): string =>
  runRequestSchema
    .safeParse({ ...base, ...change })
    .error?.issues.map(({ message }) => message)
    .join('; ') ?? ''

test('what a request does not say has its default, what it says stands', () => {
  const spec = specOf({ argv: ['x'], limits: { deadlineMs: 5, idleMs: undefined }, stop: { graceMs: 0 } })
  expect(spec.limits).toEqual({ ...DEFAULT_LIMITS, deadlineMs: 5 })
  expect(spec.stop).toEqual({ graceMs: 0, signal: 'SIGTERM', keys: null })
  expect([spec.stdin, spec.pty, spec.notify]).toEqual(['none', null, false])
})

test('a script runs in sh, in a login shell only when asked; never in an interactive one', () => {
  expect(specOf({ shell: 'echo $X' }).argv).toEqual(['/bin/sh', '-c', 'echo $X'])
  expect(specOf({ shell: 'x', loginShell: true }).argv).toEqual(['/bin/sh', '-l', '-c', 'x'])
})

test('a terminal brings its own stdin', () => {
  expect([specOf({ argv: ['x'], pty: true }).pty, specOf({ argv: ['x'], pty: true }).stdin]).toEqual([
    DEFAULT_PTY,
    'pty',
  ])
})

test('what contradicts itself is refused', () => {
  expect(faultOf({})).toContain('argv or shell')
  expect(faultOf({ argv: ['x'], shell: 'y' })).toContain('argv or shell')
  expect(faultOf({ argv: ['x'], pty: true, split: true })).toContain('one stream')
  expect(faultOf({ argv: ['x'], stdin: 'pty' })).toContain('needs pty')
  expect(faultOf({ argv: ['x\0y'] })).toContain('zero byte')
  expect(faultOf({ argv: ['x'], name: 'proc_abc' })).toContain('proc_')
  expect(faultOf({ argv: ['x'], watch: { patterns: [''] } })).not.toBe('')
  expect(() => specOf({ argv: ['x'], restart: { delayMs: 100_000, maxDelayMs: 60_000 } })).toThrow(
    'maxDelayMs',
  )
})

test('a long first delay between starts brings its longest along', () => {
  const argv = ['x']
  expect(specOf({ argv, restart: { when: 'always', delayMs: 3_600_000 } }).restart.maxDelayMs).toBe(3_600_000)
  expect(specOf({ argv, restart: { when: 'always', delayMs: 5 } }).restart.maxDelayMs).toBe(60_000)
  expect(() => specOf({ argv, restart: { delayMs: 10, maxDelayMs: 5 } })).toThrow('is less than')
})
