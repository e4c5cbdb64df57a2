import { expect, test } from 'bun:test'
import { parseOpenFilesLimit } from './caller-traits.ts'
import { parseEnvFile } from '../../core/parse/env-file.ts'
import { makeRunEnvironment } from './environment.ts'
import { nameInPasswd } from './owner.ts'
import { splitZero } from './own-bytes.ts'

test('the whole environment is passed, without what would act on a bun or node in the run', () => {
  const made = makeRunEnvironment({
    env: {
      PATH: '/bin',
      BUN_OPTIONS: '--preload x',
      NODE_CHANNEL_FD: '3',
      FETTLE_RUN: 'proc_1.1',
      FETTLE_HOME: '/h',
    },
    set: ['A=1=2', 'PATH'],
    files: [],
  })
  expect(made.env).toEqual({ PATH: '/bin', FETTLE_HOME: '/h', A: '1=2' })
  expect(made.publicNames).toEqual(['A'])
  expect(made.envBytes).toBeNull()
})

test('a name that the caller does not have is refused', () => {
  expect(() => makeRunEnvironment({ env: {}, set: ['TOKEN'], files: [] })).toThrow(
    'your environment has no TOKEN',
  )
})

test('an env file has comments, quotes and export; a faulty line is told by number only', () => {
  expect(parseEnvFile('# c\n\nexport A="x y"\nB=a#b\nC=\n', 'f')).toEqual({ A: 'x y', B: 'a#b', C: '' })
  expect(() => parseEnvFile('A=1\nsecret words', 'f')).toThrow('f, line 2: K=V was expected')
})

test('the limit of open files is read from /proc text', () => {
  const text =
    'Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 unlimited            files\n'
  expect(parseOpenFilesLimit(text)).toEqual([1024, 2 ** 31 - 1])
  expect(parseOpenFilesLimit('')).toBeNull()
})

test('zero-separated words keep their bytes', () => {
  const bytes = Buffer.from([0x61, 0, 0xff, 0x62, 0, 0])
  expect(splitZero(bytes).map((part) => part.toString('hex'))).toEqual(['61', 'ff62', ''])
})

test('the person is the one of the uid', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n'
  expect(nameInPasswd(passwd, 1000)).toBe('ann')
  expect(nameInPasswd(passwd, 7)).toBeNull()
})
