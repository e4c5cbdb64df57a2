import { readFileSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { isErrno } from '../../platform/files/errno.ts'

/** `statfs` numbers of file systems that several hosts may mount: kernel locks and SQLite's WAL are not safe there. */
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, 'nfs'],
  [0x517b, 'smb'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb2'],
  [0x0bd00bd0, 'lustre'],
  [0x00c36400, 'ceph'],
  [0x5346414f, 'afs'],
  [0x6b414653, 'afs'],
  [0x73757245, 'coda'],
  [0x47504653, 'gpfs'],
  [0x19830326, 'beegfs'],
  [0xaad7aaea, 'panfs'],
  [0x01161970, 'gfs2'],
  [0x7461636f, 'ocfs2'],
  [0x01021997, '9p'],
  [0x786f4256, 'vboxsf'],
])
const FUSE = 0x65735546

/** FUSE carries anything; these are known to lie on a disk of this machine. */
const LOCAL_FUSE = new Set([
  'fuseblk',
  'fuse.fuse-overlayfs',
  'fuse.gocryptfs',
  'fuse.encfs',
  'fuse.cryfs',
  'fuse.bindfs',
  'fuse.mergerfs',
  'fuse.unionfs',
  'fuse.ntfs-3g',
  'fuse.lxcfs',
])

/** Name of the network file system that `path` (or its nearest parent that is there) is on, null when it is local. */
export function networkFileSystemOf(path: string): string | null {
  const there = nearestExisting(path)
  const type = there.type >>> 0
  const name = NETWORK.get(type)
  if (name !== undefined) return name
  if (type !== FUSE) return null
  const fuse = mountTypeOf(readFileSync('/proc/self/mountinfo', 'utf8'), there.path) ?? 'fuse'
  return LOCAL_FUSE.has(fuse) ? null : fuse
}

/** File system type of the mount that holds `path`, from the text of `/proc/self/mountinfo`. */
export function mountTypeOf(mountinfo: string, path: string): string | null {
  let best: { point: string; type: string } | null = null
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ')
    const escaped = before?.split(' ')[4]
    const type = after?.split(' ')[0]
    if (escaped === undefined || type === undefined) continue
    const point = escaped.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    )
    const holds = point === '/' || path === point || path.startsWith(`${point}/`)
    // Of equal length the later one was mounted over the earlier.
    if (holds && (best === null || point.length >= best.point.length)) best = { point, type }
  }
  return best?.type ?? null
}

function nearestExisting(path: string): { readonly path: string; readonly type: number } {
  let at = path
  for (;;) {
    try {
      return { path: at, type: statfsSync(at).type }
    } catch (error) {
      if (at === '/' || !isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) throw error
      at = dirname(at)
    }
  }
}
