import type { Verb } from './verb.ts'

/** Verbs by what they are for, in the order of the help. Each is loaded when it is called. */
export const VERB_GROUPS: readonly (readonly [title: string, names: readonly string[]])[] = [
  ['Jobs', ['run', 'ps', 'logs', 'wait', 'kill', 'send', 'attach', 'screen', 'restart', 'amend']],
  ['What happened', ['status', 'why', 'events', 'notifications', 'consumer', 'delegation']],
  ['Housekeeping', ['doctor', 'daemon', 'pause', 'resume', 'paths', 'completion', 'version', 'quickstart']],
]

export const VERBS: Readonly<Record<string, () => Promise<Verb>>> = {
  amend: async () => (await import('./verbs/amend.ts')).amend,
  attach: async () => (await import('./verbs/attach.ts')).attach,
  completion: async () => (await import('./verbs/completion.ts')).completion,
  consumer: async () => (await import('./verbs/consumer.ts')).consumer,
  daemon: async () => (await import('./verbs/daemon.ts')).daemon,
  delegation: async () => (await import('./verbs/delegation.ts')).delegation,
  doctor: async () => (await import('./verbs/doctor.ts')).doctor,
  events: async () => (await import('./verbs/events.ts')).events,
  kill: async () => (await import('./verbs/kill.ts')).kill,
  logs: async () => (await import('./verbs/logs.ts')).logs,
  notifications: async () => (await import('./verbs/notifications.ts')).notifications,
  paths: async () => (await import('./verbs/paths.ts')).paths,
  pause: async () => (await import('./verbs/pause.ts')).pause,
  ps: async () => (await import('./verbs/ps.ts')).ps,
  quickstart: async () => (await import('./verbs/quickstart.ts')).quickstart,
  restart: async () => (await import('./verbs/restart.ts')).restart,
  resume: async () => (await import('./verbs/resume.ts')).resume,
  run: async () => (await import('./verbs/run.ts')).run,
  screen: async () => (await import('./verbs/screen.ts')).screen,
  send: async () => (await import('./verbs/send.ts')).send,
  status: async () => (await import('./verbs/status.ts')).status,
  version: async () => (await import('./verbs/version.ts')).version,
  wait: async () => (await import('./verbs/wait.ts')).wait,
  why: async () => (await import('./verbs/why.ts')).why,
}

/** Called by fettle itself: shell completion, and the quickstart's file server. */
export const HIDDEN_VERBS: Readonly<Record<string, () => Promise<Verb>>> = {
  __complete: async () => (await import('./verbs/complete.ts')).complete,
  '__serve-files': async () => (await import('./verbs/serve-files.ts')).serveFiles,
}

export const ALIASES: Readonly<Record<string, string>> = { ls: 'ps', log: 'logs', stop: 'kill' }
