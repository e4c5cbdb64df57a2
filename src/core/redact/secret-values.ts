import { isMasked } from './mask.ts'

/**
 * Whether what stands beside a secret's name is one. `certain`: the notation says that it is a value (a quoted JSON
 * string, a form field, `--flag=value`), so only placeholders are spared. Otherwise source code and prose are near
 * (`token: Token`, `password: incorrect`), and the value must look like one.
 */
export interface ValueContext {
  readonly certain: boolean
  /** The character after the value: a call or an index makes it code. */
  readonly next: string
  readonly name: string
}

export function isSecretValue(value: string, { certain, next, name }: ValueContext): boolean {
  if (value === '' || isMasked(value) || isPlaceholder(value)) return false
  if (NO_SECRETS.has(value.toLowerCase())) return false
  if (next === '(' || next === '[') return false
  if (
    /^(?:process\.env|os\.environ|env|import\.meta|this|self|config|settings|options|args)\b[.[]/.test(value)
  ) {
    return false
  }
  if (certain) return value.length >= 2
  if (value.length < 6 || /^\/[*/]/.test(value)) return false
  if (/^\d+$/.test(value)) return /pass|pwd|pin/i.test(name)
  // Lower-case letters alone are a word, unless longer than words are; other letters alone are an identifier.
  if (/^[a-z]+$/.test(value)) return value.length >= 20
  if (/^[A-Za-z_$][A-Za-z_$./\\-]*$/.test(value)) return /^[A-Za-z]+$/.test(value) && isScrambled(value)
  return !/^[0-9.:]+$/.test(value)
}

/** Upper and lower case change so often that nobody wrote it as words. */
function isScrambled(value: string): boolean {
  const changes = value.match(/[a-z](?=[A-Z])|[A-Z](?=[a-z])/g)?.length ?? 0
  return value.length >= 16 && changes * 3 >= value.length
}

function isPlaceholder(value: string): boolean {
  // $VAR, ${VAR}, %VAR%, %s, <token>, {token}, [token], @file, !secret, a sentence.
  if (/^(?:\$[A-Za-z_{(]|%[A-Za-z({]|[<{[(*!@]|\\\$)/.test(value)) return true
  if (/^[*•xX.…_#-]+$/.test(value)) return true
  if (/^(?:your|my|change|replace|insert|example|redacted|dummy|sample)[-_ ]?[a-z_ -]*$/i.test(value))
    return true
  return /^\[?redacted/i.test(value) || /^[A-Z][a-z']+ \S/.test(value)
}

/** Types, states and words of prose that stand where a value might. */
const NO_SECRETS: ReadonlySet<string> = new Set(
  (
    'string str text number int integer float boolean bool bytes object array any unknown never void null nil none ' +
    'undefined true false yes no on off required optional missing invalid empty expired incorrect wrong failed ' +
    'valid ok set unset default auto hidden masked redacted secret password token key value bearer basic is was ' +
    'not for from and the must file env stdin prompt nan jwt'
  ).split(' '),
)
