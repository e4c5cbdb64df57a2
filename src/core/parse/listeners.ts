export interface Listener {
  readonly port: number
  /** Of the socket: the kernel gives it to no other while this one is open. */
  readonly inode: number
}

const LISTENING = '0A'

/** Listening sockets from the text of `/proc/net/tcp` or `tcp6`; lines of another form are passed over. */
export function parseListeners(text: string): Listener[] {
  return text.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    const port = /:([0-9A-F]{4})$/.exec(local)?.[1]
    if (state !== LISTENING || port === undefined || !/^\d+$/.test(inode)) return []
    return [{ port: Number.parseInt(port, 16), inode: Number(inode) }]
  })
}
