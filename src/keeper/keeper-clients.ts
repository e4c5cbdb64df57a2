import { isRecord } from '../core/errors.ts'
import { monotonicMs } from '../platform/clock.ts'
import { LineChannel } from '../platform/linux/line-channel.ts'
import type { PollLoop } from '../platform/linux/poll-loop.ts'
import { setOpenFilesLimit } from '../platform/linux/process-control.ts'
import { listenAt, removeSocket } from '../platform/linux/unix-listener.ts'
import type { KeeperMessage, KeeperStatus } from '../protocol/keeper.ts'

/** Least time between two rings about output, ms. */
const RING_EACH_MS = 4

/** Descriptors for the run itself, its records and a look at its processes. */
const KEPT_BACK = 64

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

  /** Only one keeper of a run lives at a time. */
  listen(): void {
    const [soft] = setOpenFilesLimit(0, null) ?? [1024]
    listenAt({
      loop: this.loop,
      path: this.path,
      hasRoom: () => this.clients.size < soft - KEPT_BACK,
      onConnection: (fd) => this.onConnection(fd),
    })
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

  private onConnection(fd: number): void {
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

export function error(code: string, message: string): KeeperMessage {
  return { t: 'error', code, message }
}
