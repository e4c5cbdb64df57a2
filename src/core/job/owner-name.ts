import { FettleError } from '../errors.ts'

/** Session keys of people, agents and chats: any text of one line. */
export const MAX_OWNER_CHARS = 200

// oxlint-disable-next-line no-control-regex -- these characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/

/** For owners and tasks. */
export function isOwnerName(text: string): boolean {
  return text.length > 0 && text.length <= MAX_OWNER_CHARS && !CONTROL.test(text)
}

/** `what` is where it was given: `--owner`, `FETTLE_OWNER`. */
export function parseOwnerName(what: string, text: string): string {
  if (isOwnerName(text)) return text
  const why =
    text === ''
      ? 'is empty'
      : text.length > MAX_OWNER_CHARS
        ? `has ${text.length} characters`
        : 'holds a control character'
  throw new FettleError(
    'bad_value',
    `${what} ${why}, expected 1 to ${MAX_OWNER_CHARS} characters on one line`,
  )
}
