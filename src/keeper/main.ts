import { HANDED, isDescriptorName, type Descriptors } from '../protocol/descriptors.ts'
import { setCloseOnExec } from '../platform/linux/descriptor.ts'
import { Keeper } from './keeper.ts'

/** `fettle __keeper DIR SOCKET HOSTID start|adopt GENERATION TTY|- DESCRIPTORS`: started by the anchor only. */
export function runKeeper(args: readonly string[]): void {
  const [dir, socket, hostId, mode, generation, tty, names] = args
  if (dir === undefined || socket === undefined || hostId === undefined || names === undefined) {
    throw new Error('usage: __keeper DIR SOCKET HOSTID start|adopt GENERATION TTY DESCRIPTORS')
  }
  const descriptors: Descriptors = {}
  for (const name of ['control', ...names.split(',')].filter(isDescriptorName)) {
    descriptors[name] = HANDED[name]
    // They came through a spawn; nothing that we start in turn may have them.
    setCloseOnExec(HANDED[name])
  }
  const keeper = new Keeper({
    dir,
    socket,
    hostId,
    generation: Number(generation),
    tty: tty === '-' || tty === undefined ? null : tty,
    descriptors,
  })
  keeper.run(mode === 'start' ? 'start' : 'adopt')
  process.exit(0)
}
