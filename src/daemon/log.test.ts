import { expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDaemonLog } from './log.ts'

test('the log is rotated at its size, and only so many files are kept', () => {
  const dir = mkdtempSync(join(tmpdir(), 'fettle-log-'))
  const path = join(dir, 'daemon.log')
  const log = createDaemonLog({ path, maxBytes: 1_000, files: 3, nowMs: () => 0 })
  for (let i = 0; i < 100; i++) log.info(`message ${i}`, { error: new Error('why') })
  expect(readdirSync(dir).sort()).toEqual(['daemon.log', 'daemon.log.1', 'daemon.log.2'])
  const last = readFileSync(path, 'utf8').trim().split('\n').at(-1) ?? ''
  const record: unknown = JSON.parse(last)
  expect(record).toMatchObject({ at: '1970-01-01T00:00:00.000Z', level: 'info', message: 'message 99' })
  rmSync(dir, { recursive: true })
})
