import { isRecord } from '../core/errors.ts'
import type { Identity } from '../core/identity/identity.ts'
import { closeFd } from '../platform/linux/descriptor.ts'
import { LineChannel } from '../platform/linux/line-channel.ts'
import type { PollLoop } from '../platform/linux/poll-loop.ts'
import { makeSocketPair, sendDescriptors } from '../platform/linux/sockets.ts'
import {
  namesOf,
  type Birth,
  type ControlToAnchor,
  type Descriptors,
  type EndStatus,
  type Handover,
} from '../protocol/descriptors.ts'

export interface AnchorLinkHandlers {
  onReaped(end: EndStatus & { readonly source: 'waited' | 'pidfd' | 'zombie' }): void
  onUnclaimed(birth: Birth): void
}

/** What keeper and anchor say to each other. A keeper needs it for nothing but its successor's sake. */
export class AnchorLink {
  private readonly loop: PollLoop
  private readonly handlers: AnchorLinkHandlers
  private channel: LineChannel | null = null

  constructor(options: { loop: PollLoop; handlers: AnchorLinkHandlers; fd: number | undefined }) {
    this.loop = options.loop
    this.handlers = options.handlers
    if (options.fd !== undefined) this.listen(options.fd)
  }

  /** Said to nobody while there is no anchor: the next one is told what matters when it takes over. */
  tell(message: ControlToAnchor): void {
    this.channel?.send(message)
  }

  /** A new anchor takes the other hand: it gets copies of all we hold, and a control socket of its own. */
  handOver(options: {
    to: LineChannel
    descriptors: Descriptors
    leader: Identity | null
    generation: number
    tty: string | null
  }): void {
    const [ours, theirs] = makeSocketPair()
    const names = namesOf(options.descriptors).filter((name) => name !== 'control')
    const handover: Handover = {
      names: [...names, 'control'],
      leader: options.leader,
      generation: options.generation,
      tty: options.tty ?? '',
    }
    const descriptors = names.map((name) => options.descriptors[name] ?? -1)
    sendDescriptors(options.to.fd, `${JSON.stringify(handover)}\n`, [...descriptors, theirs])
    closeFd(theirs)
    this.listen(ours)
  }

  private listen(fd: number): void {
    this.channel?.close()
    const channel = new LineChannel({
      fd,
      loop: this.loop,
      onLine: (line) => this.onLine(line),
      onClose: () => {
        if (this.channel === channel) this.channel = null
      },
    })
    this.channel = channel
  }

  private onLine(line: string): void {
    const value: unknown = JSON.parse(line)
    if (!isRecord(value)) return
    if (value['t'] === 'unclaimed') this.handlers.onUnclaimed(parseBirth(value))
    if (value['t'] === 'reaped') {
      this.handlers.onReaped({
        code: typeof value['code'] === 'number' ? value['code'] : null,
        signal: typeof value['signal'] === 'string' ? value['signal'] : null,
        coreDumped: value['coreDumped'] === true,
        source: value['source'] === 'pidfd' || value['source'] === 'zombie' ? value['source'] : 'waited',
      })
    }
  }
}

function parseBirth(value: Record<string, unknown>): Birth {
  const { leader, taken, list, fromStart, notLaunched } = value
  return {
    leader:
      isRecord(leader) && typeof leader['pid'] === 'number' && typeof leader['startTicks'] === 'number'
        ? { pid: leader['pid'], startTicks: leader['startTicks'] }
        : null,
    notLaunched: notLaunched === true,
    fromStart: fromStart === true,
    taken: Array.isArray(taken) ? taken.filter((pid): pid is number => typeof pid === 'number') : [],
    list: Array.isArray(list) ? list : [],
  }
}
