import { expect, test } from 'bun:test'
import { createServer } from 'node:net'
import { CliHome } from '../support/cli-home.ts'

test('a server that was there before the run is no evidence that the run is ready', async () => {
  await using cli = new CliHome()
  const forgotten = createServer((socket) => socket.destroy())
  const port = await new Promise<number>((resolve) => {
    forgotten.listen(0, '127.0.0.1', () => {
      const address = forgotten.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  try {
    const check = ['--ready', `port:${port}`, '--ready-timeout', '1s']
    await cli.ok('run', '--name', 'web', ...check, '--', 'sleep', '1000')
    const { code, err } = await cli.run(['wait', 'web', '--for', 'ready', '--timeout', '30s'])
    expect(code).toBe(125)
    expect(err).toContain(`port ${port} answers, but by a socket that listened there before this run began`)
  } finally {
    forgotten.close()
  }
})

test('a server of the run itself is', async () => {
  await using cli = new CliHome()
  // Below the range from which the kernel gives ports out: nobody else comes upon it.
  const port = String(20_000 + (process.pid % 10_000))
  const script = [
    'import socket, sys, time',
    's = socket.socket()',
    's.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)',
    's.bind(("127.0.0.1", int(sys.argv[1])))',
    's.listen()',
    'time.sleep(1000)',
  ]
  await cli.ok(
    'run',
    '--name',
    'web',
    '--ready',
    `port:${port}`,
    '--',
    'python3',
    '-c',
    script.join('\n'),
    port,
  )
  await cli.ok('wait', 'web', '--for', 'ready', '--timeout', '30s')
})
