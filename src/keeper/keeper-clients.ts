import { chmodSync, unlinkSync } from 'node:fs'
import { isRecord } from '../core/errors.ts'
import { isErrno } from '../platform/files/errno.ts'
import { monotonicMs } from '../platform/clock.ts'
import { Poll } from '../platform/linux/constants.ts'
import { LineChannel } from '../platform/linux/line-channel.ts'
import type { PollLoop } from '../platform/linux/poll-loop.ts'
import { acceptUnix, listenUnix } from '../platform/linux/sockets.ts'
import type { KeeperMessage, KeeperStatus } from '../protocol/keeper.ts'

/** Least time between two rings about output, ms. */
const RING_EACH_MS = 4

export interface ClientHost {
  status(): KeeperStatus
  /** Answers everything that is not about the connection itself. */
  serve(request: Record<string, unknown>, channel: LineChannel): KeeperMessage | null
}

interface Client {
  readonly channel: LineChannel
  subscribed: boolean
  rings: boolean
}

/** Everyone who speaks to this keeper at its socket: daemons, attached terminals, followers, a new anchor. */
export class KeeperClients {
  private readonly loop: PollLoop
  private readonly host: ClientHost
  private readonly clients = new Set<Client>()
  private readonly path: string
  private rungAtMs = 0

  constructor(options: { loop: PollLoop; path: string; host: ClientHost }) {
    this.loop = options.loop
    this.host = options.host
    this.path = options.path
  }

  /** The path of a keeper that was killed is there still; only one keeper of a run lives at a time. */
  listen(): void {
    removeSocket(this.path)
    const fd = listenUnix(this.path)
    chmodSync(this.path, 0o600)
    this.loop.add({ fd, events: Poll.IN, on: () => this.accept(fd) })
  }

  unlisten(): void {
    removeSocket(this.path)
  }

  tell(message: KeeperMessage): void {
    for (const client of this.clients) if (client.subscribed) client.channel.send(message)
  }

  tellStatus(): void {
    this.tell({ t: 'status', status: this.host.status() })
  }

  /** Tells of new output, at most once every few ms and never later than that. */
  ring(): void {
    if (![...this.clients].some((client) => client.rings)) return
    const now = monotonicMs()
    const due = this.rungAtMs + RING_EACH_MS
    if (now < due) {
      this.loop.at(this, due, () => this.ring())
      return
    }
    this.rungAtMs = now
    this.loop.at(this, null, () => {})
    const { out, err } = this.host.status()
    for (const client of this.clients) if (client.rings) client.channel.send({ t: 'output', out, err })
  }

  private accept(listening: number): void {
    for (let fd = acceptUnix(listening); fd >= 0; fd = acceptUnix(listening)) {
      const client: Client = {
        subscribed: false,
        rings: false,
        channel: new LineChannel({
          fd,
          loop: this.loop,
          onLine: (line) => this.onLine(client, line),
          onClose: () => this.clients.delete(client),
        }),
      }
      this.clients.add(client)
    }
  }

  private onLine(client: Client, line: string): void {
    const request = parseLine(line)
    const answer = request === null ? error('bad_value', 'Not a JSON object') : this.serve(client, request)
    if (answer !== null) client.channel.send(answer)
  }

  private serve(client: Client, request: Record<string, unknown>): KeeperMessage | null {
    switch (request['op']) {
      case 'hello':
        client.subscribed = request['subscribe'] === true
        return this.host.serve(request, client.channel)
      case 'status':
        return { t: 'status', status: this.host.status() }
      case 'rings':
        client.rings = request['on'] === true
        return null
      default:
        return this.host.serve(request, client.channel)
    }
  }
}

function parseLine(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line)
    return isRecord(value) ? value : null
  } catch {
    // Said back to whoever sent it.
    return null
  }
}

function removeSocket(path: string): void {
  try {
    unlinkSync(path)
  } catch (failure) {
    if (!isErrno(failure, 'ENOENT')) throw failure
  }
}

export function error(code: string, message: string): KeeperMessage {
  return { t: 'error', code, message }
}
