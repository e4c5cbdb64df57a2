import { FettleError } from '../core/errors.ts'
import { ANCHOR_PROTOCOL, type AnchorReply, type AnchorRequest } from '../protocol/anchor.ts'
import { LineChannel } from '../platform/linux/line-channel.ts'
import { peerCredentials } from '../platform/linux/peer-credentials.ts'
import type { PollLoop } from '../platform/linux/poll-loop.ts'
import { VERSION } from '../platform/version.ts'
import type { Anchor } from './anchor.ts'
import { parseAnchorRequest } from './requests.ts'

/** One connection to the anchor: a request per line, each answered by one line, in order. */
export class AnchorClient {
  private readonly channel: LineChannel
  private readonly anchor: Anchor

  constructor(options: { fd: number; loop: PollLoop; anchor: Anchor; onClose: () => void }) {
    this.anchor = options.anchor
    this.channel = new LineChannel({ ...options, onLine: (line) => this.channel.send(this.answer(line)) })
  }

  private answer(line: string): AnchorReply {
    const request = parseAnchorRequest(line)
    if (typeof request === 'string')
      return { t: 'error', code: 'bad_value', message: `The anchor was sent ${request}` }
    try {
      return this.serve(request)
    } catch (error) {
      if (error instanceof FettleError)
        return { t: 'error', code: error.code, message: error.message, data: error.data }
      return {
        t: 'error',
        code: 'start_failed',
        message: error instanceof Error ? error.message : String(error),
      }
    }
  }

  private serve(request: AnchorRequest): AnchorReply {
    const { runs, daemon } = this.anchor
    switch (request.op) {
      case 'hello':
        if (request.daemon === true) daemon.watch(peerCredentials(this.channel.fd).pid)
        return {
          t: 'hello',
          protocol: ANCHOR_PROTOCOL,
          version: VERSION,
          runs: runs.list(),
          ...this.anchor.hello(),
        }
      case 'start':
        return { t: 'started', keeperPid: runs.start(request) }
      case 'adopt':
        runs.adopt(request)
        return { t: 'ok' }
      case 'close_input':
        runs.closeInput(request.run)
        return { t: 'ok' }
      case 'env':
        return { t: 'env', env: runs.readEnv(request.run) }
      case 'forget_env':
        runs.forgetEnv(request.run)
        return { t: 'ok' }
      case 'hold_env':
        runs.holdEnv(request.run, Buffer.from(request.env, 'base64'))
        return { t: 'ok' }
      case 'list':
        return { t: 'list', runs: runs.list(), envs: runs.heldEnvs }
      case 'daemon_start':
        daemon.want(request.binary)
        return { t: 'ok' }
      case 'daemon_stop':
        daemon.unwant()
        return { t: 'ok' }
    }
  }
}
