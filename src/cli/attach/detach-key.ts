import { FettleError } from '../../core/errors.ts'
import { toKeyBytes } from '../keys.ts'

/** The byte that ends an attachment; a key that sends more than one byte cannot be told from typed text. */
export function readDetachKey(name: string | null): number {
  const bytes = toKeyBytes(name ?? 'C-]')
  if (bytes.length !== 1 || bytes.charCodeAt(0) >= 0x20) {
    throw new FettleError('bad_value', `--detach-key: "${name}" is not a control key`, {
      hint: 'As C-] or C-q',
    })
  }
  return bytes.charCodeAt(0)
}
