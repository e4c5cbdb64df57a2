import type { z } from 'zod'
import { FettleError } from '../../core/errors.ts'
import {
  BODY_SCHEMAS,
  QUERY_SCHEMAS,
  type MethodBodies,
  type MethodQueries,
} from '../../protocol/api/method-schemas.ts'
import type { MethodName } from '../../protocol/api/methods.ts'

/** Query and body of a request as their schemas have them, or one `bad_value` that names every fault. */
export function checkQuery<M extends MethodName>(method: M, query: URLSearchParams): MethodQueries[M] {
  const twice = [...query.keys()].find((key, at, keys) => keys.indexOf(key) !== at)
  if (twice !== undefined) {
    // Nobody could tell which of them counts.
    throw new FettleError('bad_value', `query.${twice}: given more than once, expected once`, {
      hint: 'Several values of one key stand in one text, with commas.',
      data: { faults: [{ at: `query.${twice}`, message: 'given more than once' }] },
    })
  }
  return check(QUERY_SCHEMAS[method], Object.fromEntries(query), 'query')
}

/** `body` is null for a method that has none. */
export function checkBody<M extends MethodName>(method: M, body: unknown): MethodBodies[M] {
  return check(BODY_SCHEMAS[method], body, 'body')
}

function check<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const faults = result.error.issues.map(({ path, message }) => ({ at: [where, ...path].join('.'), message }))
  throw new FettleError('bad_value', faults.map(({ at, message }) => `${at}: ${message}`).join('; '), {
    data: { faults },
  })
}
