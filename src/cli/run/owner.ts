import { readFileSync } from 'node:fs'
import { parseOwnerName } from '../../core/job/owner-name.ts'

/** Whom a job belongs to when nothing is said: the session key in FETTLE_OWNER, else the person. */
export function defaultOwner(): string {
  const given = process.env['FETTLE_OWNER'] ?? ''
  return given === '' ? `user:${userName()}` : parseOwnerName('FETTLE_OWNER', given)
}

/** By the kernel's uid, as `id -un` has it: USER and LOGNAME say what anybody set them to, or nothing at all. */
function userName(): string {
  const uid = process.getuid?.() ?? 0
  return nameInPasswd(readPasswd(), uid) ?? process.env['USER'] ?? String(uid)
}

function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8')
  } catch {
    // an image without users, or one whose users are kept elsewhere
    return ''
  }
}

export function nameInPasswd(passwd: string, uid: number): string | null {
  for (const line of passwd.split('\n')) {
    const [name, , id] = line.split(':')
    if (name !== undefined && id === String(uid)) return name
  }
  return null
}
