import type { Verb } from './verb.ts'

/** Verbs by what they are for, in the order of the help. Each is loaded when it is called. */
export const VERB_GROUPS: readonly (readonly [title: string, names: readonly string[]])[] = [
  ['Housekeeping', ['version']],
]

export const VERBS: Readonly<Record<string, () => Promise<Verb>>> = {
  version: async () => (await import('./verbs/version.ts')).version,
}

export const HIDDEN_VERBS: Readonly<Record<string, () => Promise<Verb>>> = {}

export const ALIASES: Readonly<Record<string, string>> = { ls: 'ps', log: 'logs', stop: 'kill' }
