import { FettleError, isRecord } from '../core/errors.ts'
import { isDescriptorName, type Descriptors, type Handover } from '../protocol/descriptors.ts'
import { Errno, Poll } from '../platform/linux/constants.ts'
import { closeFd, waitReady } from '../platform/linux/descriptor.ts'
import { peerCredentials } from '../platform/linux/peer-credentials.ts'
import { connectUnix, receiveDescriptors, sendBytes } from '../platform/linux/sockets.ts'

/** A keeper that does not answer in this time is stopped or gone; the anchor must not wait longer for one. */
const PATIENCE_MS = 2_000

export interface TakenOver {
  readonly descriptors: Descriptors
  readonly keeperPid: number
  readonly handover: Handover
}

/**
 * Asks a living keeper for the descriptors of its run (SCM_RIGHTS). null when nobody listens at its socket, which means
 * that it is gone. One that lives and does not answer (stopped, say) is an error: a second keeper beside it would
 * write the same files.
 */
export function takeOver(socket: string): TakenOver | null {
  const fd = connectUnix(socket)
  if (fd === -Errno.ENOENT || fd === -Errno.ECONNREFUSED) return null
  if (fd < 0) throw silent(socket)
  try {
    const keeperPid = peerCredentials(fd).pid
    sendBytes(fd, Buffer.from(`${JSON.stringify({ op: 'handover' })}\n`))
    if (!waitReady(fd, Poll.IN, PATIENCE_MS)) throw silent(socket)
    const message = receiveDescriptors(fd)
    // It has closed the connection: killed between our call and its answer.
    if (message === null) return null
    const handover = parseHandover(message.text)
    const descriptors: Descriptors = {}
    handover.names.forEach((name, i) => {
      const descriptor = message.descriptors[i]
      if (descriptor !== undefined) descriptors[name] = descriptor
    })
    return { descriptors, keeperPid, handover }
  } finally {
    closeFd(fd)
  }
}

function silent(socket: string): FettleError {
  return new FettleError('keeper_unreachable', `The keeper at ${socket} lives and does not answer`)
}

function parseHandover(text: string): Handover {
  const value: unknown = JSON.parse(text)
  if (!isRecord(value) || !Array.isArray(value['names']))
    throw new Error('A keeper handed over without names')
  const leader = value['leader']
  return {
    names: value['names'].filter((name): name is string => typeof name === 'string').filter(isDescriptorName),
    leader:
      isRecord(leader) && typeof leader['pid'] === 'number' && typeof leader['startTicks'] === 'number'
        ? { pid: leader['pid'], startTicks: leader['startTicks'] }
        : null,
    generation: typeof value['generation'] === 'number' ? value['generation'] : 1,
    tty: typeof value['tty'] === 'string' ? value['tty'] : '',
  }
}
