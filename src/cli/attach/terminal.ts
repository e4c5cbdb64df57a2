import { FettleError } from '../../core/errors.ts'
import { makeRaw } from '../../platform/linux/terminal-mode.ts'
import { writeOut } from '../output.ts'

export interface RawTerminal extends Disposable {
  size(): { readonly rows: number; readonly cols: number }
}

/** Puts the caller's terminal into raw mode until disposed, or until the process ends however it ends. */
export function enterRawMode(options: {
  onInput: (bytes: Uint8Array) => void
  onResize: () => void
  /** Put out before the terminal is put back. */
  undo: () => string
}): RawTerminal {
  const { stdin, stdout } = process
  const putBack = makeRaw(0)
  if (putBack === null) throw new FettleError('not_a_terminal', 'stdin is not a terminal')
  let raw = true
  const leave = (): void => {
    if (!raw) return
    raw = false
    stdin.off('data', onData)
    stdout.off('resize', options.onResize)
    process.off('exit', leave)
    for (const signal of ENDING) process.off(signal, onSignal)
    stdin.pause()
    writeOut(options.undo())
    putBack()
  }
  const onData = (data: Buffer): void => options.onInput(data)
  // a signal's default would end the process without its exit handlers, and leave the terminal raw
  const onSignal = (signal: NodeJS.Signals): void => {
    leave()
    process.kill(process.pid, signal)
  }
  for (const signal of ENDING) process.on(signal, onSignal)
  process.on('exit', leave)
  stdin.on('data', onData)
  stdout.on('resize', options.onResize)
  return {
    size: () => ({
      rows: stdout.rows > 0 ? stdout.rows : 24,
      cols: stdout.columns > 0 ? stdout.columns : 80,
    }),
    [Symbol.dispose]: leave,
  }
}

const ENDING = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const
