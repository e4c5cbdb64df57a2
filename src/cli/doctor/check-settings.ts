import { applyEnvironment, SETTINGS_VARIABLES } from '../../core/config/apply-environment.ts'
import { FettleError } from '../../core/errors.ts'
import type { Cli } from '../cli.ts'
import type { Finding } from './finding.ts'

/** Where the settings are from, and everything that is wrong with them. */
export function checkSettings(cli: Cli): Finding[] {
  const { path, from, faults, settings } = cli.settings
  const problem = (text: string): Finding => ({ level: 'problem', check: 'settings', text })
  const variables = Object.keys(SETTINGS_VARIABLES).filter((name) => (process.env[name] ?? '') !== '')
  try {
    applyEnvironment(settings, process.env)
  } catch (error) {
    if (!(error instanceof FettleError)) throw error
    return [...faults.map(problem), problem(error.message)]
  }
  if (faults.length > 0) {
    const used = from === 'last good' ? 'the last file without a fault counts' : 'the defaults count'
    return [...faults.map(problem), { level: 'note', check: 'settings', text: used }]
  }
  const source = from === 'file' ? path : `the defaults; ${path} is not there`
  const over = variables.length === 0 ? '' : `, and ${variables.join(', ')}`
  return [{ level: 'ok', check: 'settings', text: `${source}${over}` }]
}
