// A program that reads its own stdout or stderr gets nothing: with a read-write end it would eat its own output.

import { expect, test } from 'bun:test'
import { Engine } from '../support/engine.ts'

test('bash asking on stderr does not read back its own question', async () => {
  await using engine = await Engine.start()
  const script = 'echo question >&2; read -t 5 -u 2 answer 2>/dev/null; echo "[$answer]"'
  const run = await engine.start({ argv: ['bash', '-c', script] })
  await run.outcome()
  expect(run.text()).toBe('question\n[]\n')
})

test.each([1, 2])('descriptor %d cannot be read', async (fd) => {
  await using engine = await Engine.start()
  const program = `import os
os.write(1, b'printed\\n')
try: os.read(${fd}, 100); print('read something')
except OSError as error: print(os.strerror(error.errno))`
  for (const split of [false, true]) {
    const run = await engine.start({ argv: ['python3', '-c', program], split })
    await run.outcome()
    expect(run.text()).toBe('printed\nBad file descriptor\n')
  }
})

test('an editor without a terminal does not take its own screen for keys', async () => {
  await using engine = await Engine.start()
  // vi draws on stdout and reads keys from stderr when stdin is none.
  const script = 'vi=$(command -v vim || command -v vim.tiny); exec "$vi" -u NONE -n "$HOME/text"'
  const run = await engine.start({
    argv: ['sh', '-c', script],
    limits: { deadlineMs: 4_000, maxOutputBytes: 1e9 },
  })
  await run.outcome()
  expect(run.output().end).toBeLessThan(20_000)
})
