import type { Outcome } from '../run/outcome.ts'
import { redactText, redactWords } from './redact-text.ts'

/** An outcome as it may be shown: it may tell what could not be found or started, and which commands live on. */
export function redactOutcome(outcome: Outcome): Outcome {
  const { evidence, failure, leftovers } = outcome
  return {
    ...outcome,
    evidence: redactText(evidence),
    failure: failure === null ? null : { ...failure, message: redactText(failure.message) },
    leftovers: { ...leftovers, survivors: leftovers.survivors.map(redactSurvivor) },
  }
}

/** A process with its command line. */
export function redactSurvivor<P extends { readonly command: string }>(process: P): P {
  return { ...process, command: redactWords(process.command) }
}
