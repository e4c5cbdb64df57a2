/** Whom a job belongs to when nothing is said: the session key in FETTLE_OWNER, else the person. */
export function defaultOwner(): string {
  const given = process.env['FETTLE_OWNER'] ?? ''
  return given === '' ? `user:${userName()}` : given
}

function userName(): string {
  try {
    // asked for here: to import it costs each short command some milliseconds
    return process.getBuiltinModule('node:os').userInfo().username
  } catch {
    // a uid without an entry in the user database, as in many containers
    return String(process.getuid?.() ?? 'unknown')
  }
}
