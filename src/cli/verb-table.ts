import type { Verb } from './verb.ts'

/** Verbs by what they are for, in the order of the help. Each is loaded when it is called. */
export const VERB_GROUPS: readonly (readonly [title: string, names: readonly string[]])[] = [
  ['Housekeeping', ['paths', 'completion', 'version']],
]

export const VERBS: Readonly<Record<string, () => Promise<Verb>>> = {
  completion: async () => (await import('./verbs/completion.ts')).completion,
  paths: async () => (await import('./verbs/paths.ts')).paths,
  version: async () => (await import('./verbs/version.ts')).version,
}

export const HIDDEN_VERBS: Readonly<Record<string, () => Promise<Verb>>> = {
  '__serve-files': async () => (await import('./verbs/serve-files.ts')).serveFiles,
}

export const ALIASES: Readonly<Record<string, string>> = { ls: 'ps', log: 'logs', stop: 'kill' }
