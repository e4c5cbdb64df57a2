import { FettleError } from '../errors.ts'

/** Signals of Linux on x86-64 and arm64 (signal(7)); macOS numbers differ and are its adapter's matter. */
export const SIGNALS = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPWR: 30,
  SIGSYS: 31,
} as const satisfies Record<string, number>

export type SignalName = keyof typeof SIGNALS

/** Other names of the same numbers. */
const ALIASES: Readonly<Record<string, SignalName>> = {
  SIGIOT: 'SIGABRT',
  SIGCLD: 'SIGCHLD',
  SIGPOLL: 'SIGIO',
}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(SIGNALS).map(([name, number]) => [number, name] as const),
)

export interface Signal {
  readonly name: string
  readonly number: number
}

const RT_MIN = 34
const RT_MAX = 64

/** `TERM`, `SIGTERM`, `sigterm`, `15`, `RTMIN+3` → name and number. */
export function parseSignal(text: string): Signal {
  const upper = text.trim().toUpperCase()
  if (/^\d{1,3}$/.test(upper)) {
    const number = Number(upper)
    const name = signalName(number)
    if (name === null) throw badSignal(text)
    return { name, number }
  }
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`
  const number = signalNumber(name)
  if (number === null) throw badSignal(text)
  return { name: signalName(number) ?? name, number }
}

/** Number of a full name (`SIGTERM`, `SIGRTMIN+3`), null when there is none. */
export function signalNumber(name: string): number | null {
  const full = Object.hasOwn(ALIASES, name) ? (ALIASES[name] ?? name) : name
  if (isSignalName(full)) return SIGNALS[full]
  const [, from = '', sign = '', offset = '0'] = /^SIGRT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(full) ?? []
  if (from === '') return null
  const number = (from === 'MIN' ? RT_MIN : RT_MAX) + (sign === '-' ? -1 : 1) * Number(offset)
  return number >= RT_MIN && number <= RT_MAX ? number : null
}

/** Full name of a number, null when Linux has no such signal for programs to use. */
export function signalName(number: number): string | null {
  const name = NAMES.get(number)
  if (name !== undefined) return name
  if (!Number.isInteger(number) || number < RT_MIN || number > RT_MAX) return null
  if (number === RT_MAX) return 'SIGRTMAX'
  return number === RT_MIN ? 'SIGRTMIN' : `SIGRTMIN+${number - RT_MIN}`
}

export function isSignalName(value: unknown): value is SignalName {
  return typeof value === 'string' && Object.hasOwn(SIGNALS, value)
}

function badSignal(text: string): FettleError {
  return new FettleError(
    'bad_value',
    `"${text}" is not a signal, expected a name such as TERM or SIGTERM, or a number from 1 to 31 or 34 to 64`,
    { data: { value: text } },
  )
}
