import { connect } from 'node:net'
import { FettleError, isRecord } from '../../core/errors.ts'
import type { AnchorRequest } from '../../protocol/anchor.ts'
import { anchorSocket } from '../../store/layout.ts'
import type { Home } from '../../store/layout.ts'

const ANSWER_WITHIN_MS = 5000

/** One request to the anchor; answers its reply. Throws `anchor_unreachable` when none answers. */
export async function askAnchor(
  socketPath: string,
  request: AnchorRequest,
): Promise<Record<string, unknown>> {
  const line = await exchangeLine(socketPath, `${JSON.stringify(request)}\n`)
  const reply: unknown = JSON.parse(line)
  if (!isRecord(reply)) throw new FettleError('internal', `The anchor answered "${line.slice(0, 100)}"`)
  if (reply['t'] === 'error') {
    throw new FettleError('internal', `The anchor refused ${request.op}: ${String(reply['message'])}`, {
      data: { reply },
    })
  }
  return reply
}

/** Pid and number of runs of the home's anchor, null when none answers. */
export async function readAnchor(
  home: Pick<Home, 'runtime'>,
): Promise<{ readonly pid: number; readonly version: string; readonly runs: number } | null> {
  try {
    const hello = await askAnchor(anchorSocket(home), { op: 'hello' })
    const runs: unknown = hello['runs']
    return {
      pid: typeof hello['pid'] === 'number' ? hello['pid'] : 0,
      version: typeof hello['version'] === 'string' ? hello['version'] : 'unknown',
      runs: Array.isArray(runs) ? runs.length : 0,
    }
  } catch (error) {
    if (error instanceof FettleError && error.code === 'anchor_unreachable') return null
    throw error
  }
}

async function exchangeLine(socketPath: string, line: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    let received = ''
    const fail = (why: string): void => {
      socket.destroy()
      reject(
        new FettleError('anchor_unreachable', `Cannot reach the anchor at ${socketPath}: ${why}`, {
          data: { socket: socketPath },
        }),
      )
    }
    const socket = connect({ path: socketPath })
    socket.setEncoding('utf8')
    socket.setTimeout(ANSWER_WITHIN_MS, () => fail(`no answer within ${ANSWER_WITHIN_MS / 1000} s`))
    socket.on('connect', () => socket.write(line))
    socket.on('error', (error) => fail(error.message))
    socket.on('close', () => fail('it closed the connection'))
    socket.on('data', (chunk: string) => {
      received += chunk
      const end = received.indexOf('\n')
      if (end === -1) return
      resolve(received.slice(0, end))
      socket.destroy()
    })
  })
}
