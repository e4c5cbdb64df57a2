import { writeOut } from '../output.ts'

/** Undoes what a full-screen program may have switched on: it does not know that its viewer leaves. */
const RESET =
  '\u001b[0m\u001b[?25h\u001b[?1l\u001b>\u001b[?1000l\u001b[?1002l\u001b[?1003l\u001b[?1006l\u001b[?2004l\u001b[?1004l\u001b[<u\u001b[?1049l'

export interface RawTerminal extends Disposable {
  size(): { readonly rows: number; readonly cols: number }
}

/** Puts the caller's terminal into raw mode until disposed, or until the process ends however it ends. */
export function enterRawMode(options: {
  onInput: (bytes: Uint8Array) => void
  onResize: () => void
}): RawTerminal {
  const { stdin, stdout } = process
  let raw = true
  const leave = (): void => {
    if (!raw) return
    raw = false
    stdin.off('data', onData)
    stdout.off('resize', options.onResize)
    process.off('exit', leave)
    stdin.setRawMode(false)
    stdin.pause()
    writeOut(RESET)
  }
  const onData = (data: Buffer): void => options.onInput(data)
  stdin.setRawMode(true)
  stdin.on('data', onData)
  stdout.on('resize', options.onResize)
  process.on('exit', leave)
  return {
    size: () => ({
      rows: stdout.rows > 0 ? stdout.rows : 24,
      cols: stdout.columns > 0 ? stdout.columns : 80,
    }),
    [Symbol.dispose]: leave,
  }
}
