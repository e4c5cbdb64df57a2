import type { Identity } from '../../core/identity/identity.ts'
import type { Fields } from './fields.ts'

/** `{bootId, pid, startTicks}` inside any record. */
export function readIdentity(fields: Fields): Identity {
  return { bootId: fields.text('bootId'), pid: fields.count('pid'), startTicks: fields.count('startTicks') }
}
