import { FettleError } from '../../core/errors.ts'
import { redactText } from '../../core/redact/redact-text.ts'

/**
 * Names, owners, tasks and labels are what jobs are found by: they are shown everywhere and as they are, so a secret
 * must not come into one.
 */
export function refuseSecrets(request: {
  readonly name?: string | undefined
  readonly owner: string
  readonly task?: string | null | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
}): void {
  const { name, owner, task, labels = {} } = request
  for (const [what, text] of Object.entries({ name, owner, task })) {
    if (text !== undefined && text !== null) refuse(`The ${what}`, text)
  }
  for (const [label, text] of Object.entries(labels)) refuse('A label', `${label}=${text}`)
}

function refuse(what: string, text: string): void {
  if (redactText(text) === text) return
  throw new FettleError('bad_value', `${what} holds what looks like a secret`, {
    hint: 'Names, owners, tasks and labels are shown everywhere. A secret goes into the environment: --env-file, --env NAME.',
  })
}
