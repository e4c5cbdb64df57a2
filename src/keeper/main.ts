import { existsSync } from 'node:fs'
import { FettleError, isRecord } from '../core/errors.ts'
import {
  HANDED,
  KEPT_EXIT_CODE,
  isDescriptorName,
  type Assignment,
  type DescriptorName,
  type Descriptors,
} from '../protocol/descriptors.ts'
import { Poll } from '../platform/linux/constants.ts'
import { setCloseOnExec, waitReady } from '../platform/linux/descriptor.ts'
import { tryLockFolder } from '../platform/linux/flock.ts'
import { receiveDescriptors, sendBytes } from '../platform/linux/sockets.ts'
import { Keeper } from './keeper.ts'

/**
 * `fettle __keeper ASSIGNMENT`, with the descriptors at their fixed numbers, or `fettle __keeper wait`: a spare one,
 * loaded ahead of time, which is sent the same over its control socket. Started by the anchor only.
 */
export function runKeeper(args: readonly string[]): void {
  const [word] = args
  if (word === undefined) throw new FettleError('usage', 'usage: __keeper ASSIGNMENT|wait')
  // It came through a spawn; nothing that we start in turn may have it.
  setCloseOnExec(HANDED.control)
  if (word === 'wait') keepWhatIsSent()
  else keep(parseAssignment(word), (name) => HANDED[name])
  process.exit(0)
}

function keepWhatIsSent(): void {
  sendBytes(HANDED.control, Buffer.from(`${JSON.stringify({ t: 'ready' })}\n`))
  waitReady(HANDED.control, Poll.IN, -1)
  const order = receiveDescriptors(HANDED.control)
  // The anchor is gone, or needs no spare keeper any more.
  if (order === null) return
  const assignment = parseAssignment(order.text)
  keep(assignment, (_name, i) => order.descriptors[i] ?? -1)
}

/** How long a predecessor that has just been killed may hold the lock through a child between fork and exec, ms. */
const LOCK_PATIENCE_MS = 200
const LOCK_LOOK_MS = 2

/** One keeper of a run at a time: two would write the same files. The lock ends with the process. */
function lockRun(dir: string): boolean {
  for (let waitedMs = 0; tryLockFolder(dir) === null; waitedMs += LOCK_LOOK_MS) {
    if (waitedMs >= LOCK_PATIENCE_MS) return false
    Bun.sleepSync(LOCK_LOOK_MS)
  }
  return true
}

function keep(assignment: Assignment, fdOf: (name: DescriptorName, i: number) => number): void {
  const descriptors: Descriptors = { control: HANDED.control }
  assignment.names.forEach((name, i) => {
    const fd = fdOf(name, i)
    setCloseOnExec(fd)
    descriptors[name] = fd
  })
  const { dir, socket, hostId, mode, generation, tty } = assignment
  // The run's folder was removed meanwhile: there is nobody to tell, and the anchor sees it too.
  if (!existsSync(dir)) return
  if (!lockRun(dir)) process.exit(KEPT_EXIT_CODE)
  new Keeper({ dir, socket, hostId, generation, tty: tty === '' ? null : tty, descriptors }).run(mode)
}

function parseAssignment(text: string): Assignment {
  const value: unknown = JSON.parse(text)
  const broken = (): never => {
    throw new FettleError('bad_value', `A keeper was given no assignment: ${text.slice(0, 200)}`)
  }
  if (!isRecord(value)) return broken()
  const { dir, socket, hostId, mode, generation, tty, names } = value
  if (typeof dir !== 'string' || typeof socket !== 'string' || typeof hostId !== 'string') return broken()
  if (typeof generation !== 'number' || typeof tty !== 'string' || !Array.isArray(names)) return broken()
  if (mode !== 'start' && mode !== 'adopt') return broken()
  const known = names.filter((name): name is string => typeof name === 'string').filter(isDescriptorName)
  return { dir, socket, hostId, mode, generation, tty, names: known }
}
