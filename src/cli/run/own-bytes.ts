import { readFileSync } from 'node:fs'

/**
 * Arguments and environment are bytes to the kernel and UTF-16 to JavaScript: what is not UTF-8 would come out as
 * U+FFFD. This process's own are read again from /proc where that has happened.
 */

/** Base64 of each word of the command, null when all of it is UTF-8. `commandAt` counts in `argv`. */
export function commandBytes(
  words: readonly string[],
  commandAt: number,
  argvLength: number,
): readonly string[] | null {
  if (!words.some(hasReplacement)) return null
  const all = splitZero(readFileSync('/proc/self/cmdline'))
  // Before our arguments stands the program, from source also its script: counted from the end it does not matter.
  const ours = all.slice(all.length - argvLength).slice(commandAt)
  if (ours.length !== words.length) return null
  const changed = ours.some((bytes) => bytes.toString('utf8') !== bytes.toString('latin1') && !isUtf8(bytes))
  return changed ? ours.map((bytes) => bytes.toString('base64')) : null
}

function hasReplacement(text: string): boolean {
  return text.includes('\ufffd')
}

function isUtf8(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes)
}

/** The parts between zero bytes; the last one ends in one too. */
export function splitZero(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = []
  let from = 0
  for (let to = bytes.indexOf(0, from); to !== -1; to = bytes.indexOf(0, from)) {
    parts.push(bytes.subarray(from, to))
    from = to + 1
  }
  if (from < bytes.length) parts.push(bytes.subarray(from))
  return parts
}

/** Entries of our own environment that are not UTF-8, by name, as the kernel has them. */
export function nonUtf8Environment(
  env: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>()
  if (!Object.values(env).some((value) => value !== undefined && hasReplacement(value))) return found
  for (const entry of splitZero(readFileSync('/proc/self/environ'))) {
    const at = entry.indexOf(0x3d)
    if (at > 0 && !isUtf8(entry)) found.set(entry.toString('latin1', 0, at), entry.subarray(at + 1))
  }
  return found
}
