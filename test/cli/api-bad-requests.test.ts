import { createConnection } from 'node:net'
import { expect, test } from 'bun:test'
import { isRecord } from '../../src/core/errors.ts'
import { CliHome } from '../support/cli-home.ts'

/** One request, byte for byte, on a connection of its own; head and body of the answer. */
async function send(socketPath: string, request: string): Promise<{ status: number; body: unknown }> {
  const text = await new Promise<string>((resolve, reject) => {
    let received = ''
    const socket = createConnection({ path: socketPath }, () => socket.end(request))
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => (received += chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(received))
  })
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const value: unknown = body === '' ? null : JSON.parse(body)
  return { status: Number(head.split(' ')[1]), body: isRecord(value) ? (value['error'] ?? value) : value }
}

const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
const post = (target: string, body: string): string =>
  `POST ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`

const BAD = [
  { what: 'a path that is only slashes', request: get('//'), status: 404, code: 'usage' },
  { what: 'a doubled slash', request: get('//v1/daemon'), status: 404, code: 'usage' },
  { what: 'bytes that are no text', request: get('/v1/jobs/%ff'), status: 404, code: 'usage' },
  {
    what: 'a path out of the API',
    request: get('/v1/jobs/..%2f..%2fetc'),
    status: 404,
    code: 'job_not_found',
  },
  { what: 'another verb', request: get('/v1/pause'), status: 405, code: 'usage' },
  { what: 'a state that is none', request: get('/v1/jobs?state=foo'), status: 400, code: 'bad_value' },
  { what: 'a key given twice', request: get('/v1/jobs?owner=a&owner=b'), status: 400, code: 'bad_value' },
  { what: 'a key nobody knows', request: get('/v1/jobs?colour=red'), status: 400, code: 'bad_value' },
  { what: 'no JSON', request: post('/v1/jobs/stop', '{"selectors":'), status: 400, code: 'bad_value' },
  {
    what: 'an owner of two lines',
    request: post('/v1/jobs/x/owner', '{"owner":"a\\nb"}'),
    status: 400,
    code: 'bad_value',
  },
] as const

test('what is wrong with a request is told with its own status and code, and the daemon serves on', async () => {
  await using cli = new CliHome()
  await cli.ok('daemon', 'start')
  const { daemonSocket } = await cli.json('paths')
  for (const { what, request, status, code } of BAD) {
    const answer = await send(String(daemonSocket), request)
    expect([what, answer]).toMatchObject([what, { status, body: { code } }])
  }
  expect((await send(String(daemonSocket), get('/v1/jobs?state=running,exited'))).status).toBe(200)
})
