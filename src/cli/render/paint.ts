export type ColorMode = 'auto' | 'always' | 'never'
export type Tint = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'dim' | 'bold'

export type Paint = (tint: Tint, text: string) => string

const CODES: Record<Tint, number> = {
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
  dim: 2,
  bold: 1,
}

/** Colours by wish, else by the conventions NO_COLOR and FORCE_COLOR, else on a terminal that can show them. */
export function createPaint(
  mode: ColorMode,
  env: Readonly<Record<string, string | undefined>>,
  terminal: boolean,
): Paint {
  return wantsColor(mode, env, terminal)
    ? (tint, text) => `\u001b[${CODES[tint]}m${text}\u001b[0m`
    : (_, text) => text
}

function wantsColor(
  mode: ColorMode,
  env: Readonly<Record<string, string | undefined>>,
  terminal: boolean,
): boolean {
  if (mode !== 'auto') return mode === 'always'
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0') return true
  return terminal && env['TERM'] !== 'dumb'
}
