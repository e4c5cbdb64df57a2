import { ptr } from 'bun:ffi'
import { checked, libc } from './libc.ts'
import { Errno, errnoName, Sock } from './constants.ts'
import { closeFd } from './descriptor.ts'

/** Unix stream sockets on bare descriptors, for the poll loops of anchor and keeper. */

const PATH_BYTES = 108

function address(path: string): Uint8Array {
  const bytes = Buffer.from(path)
  if (bytes.byteLength >= PATH_BYTES) {
    throw new Error(
      `Socket path is ${bytes.byteLength} bytes long, the kernel takes ${PATH_BYTES - 1}: ${path}`,
    )
  }
  const out = new Uint8Array(2 + PATH_BYTES)
  out[0] = Sock.AF_UNIX
  out.set(bytes, 2)
  return out
}

function makeSocket(): number {
  const fd = checked(libc.socket(Sock.AF_UNIX, Sock.STREAM | Sock.CLOEXEC | Sock.NONBLOCK, 0))
  if (fd < 0) throw new Error(`Cannot make a socket: ${errnoName(fd)}`)
  return fd
}

/** Listens at `path`, whose folder only we may enter. The caller has made sure that nobody else uses it. */
export function listenUnix(path: string): number {
  const fd = makeSocket()
  const name = address(path)
  const bound = checked(libc.bind(fd, name, name.byteLength))
  const listening = bound < 0 ? bound : checked(libc.listen(fd, 128))
  if (listening < 0) {
    closeFd(fd)
    throw new Error(`Cannot listen at ${path}: ${errnoName(listening)}`)
  }
  return fd
}

/** Connected descriptor, or an errno below zero. Non-blocking: `-EAGAIN` when the other's backlog is full. */
export function connectUnix(path: string): number {
  const fd = makeSocket()
  const name = address(path)
  const result = checked(libc.connect(fd, name, name.byteLength))
  if (result >= 0) return fd
  closeFd(fd)
  return result
}

export function acceptUnix(fd: number): number {
  return checked(libc.accept4(fd, null, null, Sock.CLOEXEC | Sock.NONBLOCK))
}

export function sendBytes(fd: number, bytes: Uint8Array): number {
  return checked(libc.send(fd, bytes, bytes.byteLength, Sock.MSG_NOSIGNAL))
}

/** A connected pair, non-blocking and closed on exec. */
export function makeSocketPair(): readonly [number, number] {
  const ends = new Int32Array(2)
  const result = checked(libc.socketpair(Sock.AF_UNIX, Sock.STREAM | Sock.CLOEXEC | Sock.NONBLOCK, 0, ends))
  if (result < 0) throw new Error(`Cannot make a socket pair: ${errnoName(result)}`)
  return [ends[0] ?? -1, ends[1] ?? -1]
}

const MAX_DESCRIPTORS = 16
const CONTROL_BYTES = 16 + 4 * MAX_DESCRIPTORS + 8

interface Message {
  readonly header: BigUint64Array
  readonly control: Uint8Array
  readonly keep: readonly unknown[]
}

/** `struct msghdr` with one iovec and room for descriptors; every part is held until the call has returned. */
function message(payload: Uint8Array, control: Uint8Array, controlBytes: number): Message {
  const iovec = new BigUint64Array([BigInt(ptr(payload)), BigInt(payload.byteLength)])
  const header = new BigUint64Array(7)
  header[2] = BigInt(ptr(iovec))
  header[3] = 1n
  header[4] = controlBytes === 0 ? 0n : BigInt(ptr(control))
  header[5] = BigInt(controlBytes)
  return { header, control, keep: [iovec, payload, control] }
}

/** Sends the text with descriptors beside it (SCM_RIGHTS). Result as of sendmsg(2). */
export function sendDescriptors(fd: number, text: string, descriptors: readonly number[]): number {
  const control = new Uint8Array(CONTROL_BYTES)
  const view = new DataView(control.buffer)
  const length = 16 + 4 * descriptors.length
  view.setBigUint64(0, BigInt(length), true)
  view.setInt32(8, Sock.SOL_SOCKET, true)
  view.setInt32(12, Sock.SCM_RIGHTS, true)
  descriptors.forEach((descriptor, i) => view.setInt32(16 + 4 * i, descriptor, true))
  const sent = message(Buffer.from(text), control, Math.ceil(length / 8) * 8)
  const result = checked(libc.sendmsg(fd, sent.header, Sock.MSG_NOSIGNAL))
  return sent.keep.length === 0 ? -Errno.EINVAL : result
}

/** One message with its descriptors (closed on exec); null while there is nothing to read. */
export function receiveDescriptors(fd: number): { text: string; descriptors: number[] } | null {
  const payload = new Uint8Array(64 * 1024)
  const received = message(payload, new Uint8Array(CONTROL_BYTES), CONTROL_BYTES)
  const count = checked(libc.recvmsg(fd, received.header, Sock.MSG_CMSG_CLOEXEC))
  if (count <= 0) return null
  const view = new DataView(received.control.buffer)
  const length = Number(received.header[5] ?? 0n) < 16 ? 0 : Number(view.getBigUint64(0, true))
  const descriptors: number[] = []
  for (let at = 16; at + 4 <= length; at += 4) descriptors.push(view.getInt32(at, true))
  return { text: Buffer.from(payload.subarray(0, count)).toString('utf8'), descriptors }
}
