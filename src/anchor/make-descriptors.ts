import { existsSync } from 'node:fs'
import type { Descriptors } from '../protocol/descriptors.ts'
import { errnoName, Errno, Open } from '../platform/linux/constants.ts'
import { closeFd, makeFifo, makePipe, mustOpenFd } from '../platform/linux/descriptor.ts'
import { makeSealedMemfd } from '../platform/linux/memfd.ts'
import { openPty } from '../platform/linux/pty.ts'
import { runPaths, type RunPaths } from '../store/layout.ts'

export interface MakeRequest {
  readonly dir: string
  readonly pty: { readonly rows: number; readonly cols: number } | null
  readonly split: boolean
  readonly stdin: 'none' | 'pipe' | 'pty'
  readonly env: Uint8Array
}

export interface MadeDescriptors {
  readonly descriptors: Descriptors
  /** `/dev/pts/N` of a terminal run, else empty. */
  readonly tty: string
}

/**
 * Makes everything through which a run speaks to the world. The hands' ends of the output FIFOs are read-only and
 * non-blocking, so that the end of output is the kernel's own end of file.
 */
export function makeDescriptors(request: MakeRequest): MadeDescriptors {
  const paths = runPaths(request.dir)
  const made: Descriptors = {}
  try {
    // A terminal run has the FIFO too: it carries nothing and marks the run's processes.
    makeFifoAt(paths.outFifo)
    if (request.pty === null) made.out = mustOpenFd(paths.outFifo, Open.RDONLY | Open.NONBLOCK)
    if (request.split) {
      makeFifoAt(paths.errFifo)
      made.err = mustOpenFd(paths.errFifo, Open.RDONLY | Open.NONBLOCK)
    }
    const tty = request.pty === null ? '' : addTerminal(made, request.pty)
    if (request.stdin === 'pipe') addStdin(made, paths)
    if (request.pty !== null) addTerminalInput(made, paths)
    made.env = makeSealedMemfd('fettle-env', request.env)
    return { descriptors: made, tty }
  } catch (error) {
    closeDescriptors(made)
    throw error
  }
}

/**
 * What can be had again of a run that neither hand held any more: FIFOs by their names. A terminal and what had
 * been accepted for stdin and not delivered are gone.
 */
export function reopenDescriptors(dir: string): Descriptors {
  const paths = runPaths(dir)
  const made: Descriptors = {}
  if (existsSync(paths.outFifo)) made.out = mustOpenFd(paths.outFifo, Open.RDONLY | Open.NONBLOCK)
  if (existsSync(paths.errFifo)) made.err = mustOpenFd(paths.errFifo, Open.RDONLY | Open.NONBLOCK)
  return made
}

export function closeDescriptors(descriptors: Descriptors): void {
  for (const fd of Object.values(descriptors)) closeFd(fd)
}

function addTerminal(made: Descriptors, size: { readonly rows: number; readonly cols: number }): string {
  const pty = openPty(size)
  made.master = pty.fd
  const [read, write] = makePipe()
  made.ptyRead = read
  made.ptyWrite = write
  return pty.slave
}

function addTerminalInput(made: Descriptors, paths: RunPaths): void {
  made.inputLog = mustOpenFd(paths.inputLog, Open.RDONLY | Open.CREAT)
  const [read, write] = makePipe()
  made.inRead = read
  made.inWrite = write
}

function addStdin(made: Descriptors, paths: RunPaths): void {
  makeFifoAt(paths.inFifo)
  made.inputLog = mustOpenFd(paths.inputLog, Open.RDONLY | Open.CREAT)
  // A write end opens only while a reader is there. Never read-write: the run must see its end of input.
  const reader = mustOpenFd(paths.inFifo, Open.RDONLY | Open.NONBLOCK)
  try {
    made.stdin = mustOpenFd(paths.inFifo, Open.WRONLY | Open.NONBLOCK)
  } finally {
    closeFd(reader)
  }
}

function makeFifoAt(path: string): void {
  const result = makeFifo(path)
  if (result < 0 && result !== -Errno.EEXIST) throw new Error(`Cannot make ${path}: ${errnoName(result)}`)
}
