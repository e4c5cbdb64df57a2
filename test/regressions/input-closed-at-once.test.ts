// The last input and the end of input come at once, while the keeper stands between its look at the one and its look
// at the other: what was accepted before the end arrives before it.

import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import { TestHome } from '../support/test-home.ts'

const ROUNDS = 150
const TEXT = 'the last words\n'

test('input that is followed by its end at once', async () => {
  await using home = new TestHome()
  const fixture = join(import.meta.dirname, '..', 'fixtures', 'spin-input-pump.ts')
  const pump = Bun.spawn([process.execPath, fixture, home.dir, String(ROUNDS)], {
    env: home.env,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const got: string[] = []
  let pending = ''
  for await (const text of pump.stdout.pipeThrough(new TextDecoderStream())) {
    pending += text
    for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
      const line = pending.slice(0, end)
      pending = pending.slice(end + 1)
      if (line.includes(' ')) {
        got.push(line)
        continue
      }
      // Stopped wherever it is, as a keeper on a busy machine may be.
      pump.kill('SIGSTOP')
      appendFileSync(join(home.dir, `log-${line}`), TEXT)
      writeFileSync(join(home.dir, `closed-${line}`), '')
      pump.kill('SIGCONT')
    }
  }
  expect(await pump.exited).toBe(0)
  expect(got).toEqual(Array.from({ length: ROUNDS }, (_, round) => `${round} ${TEXT.length}`))
})
