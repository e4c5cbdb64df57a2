import { z } from 'zod'
import { isRecord } from '../../core/errors.ts'
import { errorAnswerSchema } from '../../protocol/api/answers.ts'
import { ANSWER_SCHEMAS, BODY_SCHEMAS, QUERY_SCHEMAS } from '../../protocol/api/method-schemas.ts'
import { API_METHODS, API_VERSION, isMethodName, type MethodName } from '../../protocol/api/methods.ts'

type Json = Record<string, unknown>

/** The API as an OpenAPI 3.1 document, from the same schemas that check requests. */
export function toOpenApi(version: string): Json {
  const paths: Record<string, Json> = {}
  for (const name of Object.keys(API_METHODS).filter(isMethodName)) {
    const { path, http } = API_METHODS[name]
    paths[path] = { ...paths[path], [http.toLowerCase()]: toOperation(name) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'fettle',
      version,
      summary: `API v${API_VERSION}, over the unix socket of the daemon`,
    },
    servers: [{ url: 'http://fettle' }],
    paths,
    components: { schemas: { Error: toJsonSchema(errorAnswerSchema, 'output') } },
  }
}

function toOperation(name: MethodName): Json {
  const { http, summary, path, since } = API_METHODS[name]
  return {
    operationId: name,
    summary,
    'x-since': since,
    parameters: [...pathParameters(path), ...queryParameters(QUERY_SCHEMAS[name])],
    ...(http === 'GET' ? {} : { requestBody: { content: toContent(BODY_SCHEMAS[name], 'input') } }),
    responses: {
      200: {
        description: 'Done',
        content: {
          ...toContent(ANSWER_SCHEMAS[name], 'output'),
          ...(name === 'events' ? { 'text/event-stream': { schema: { type: 'string' } } } : {}),
        },
      },
      default: {
        description: 'Refused or failed; the code says why',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  }
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

function queryParameters(query: z.ZodType): Json[] {
  const { properties, required } = toJsonSchema(query, 'input')
  if (!isRecord(properties)) return []
  const needed: readonly unknown[] = Array.isArray(required) ? required : []
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: needed.includes(name),
    schema,
  }))
}

function toContent(schema: z.ZodType, io: 'input' | 'output'): Json {
  return { 'application/json': { schema: toJsonSchema(schema, io) } }
}

function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
