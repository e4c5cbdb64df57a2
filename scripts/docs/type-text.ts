// JSON Schema as the short notation the reference pages use: `text`, `whole number`, `{pid, command}[]`, a named shape.

export type Json = Readonly<Record<string, unknown>>

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export interface NamedShape {
  readonly name: string
  readonly schema: Json
  /** Every field may be left out. */
  readonly partial?: boolean
}

/** `named`: shapes that are described once, by name, wherever they stand. */
export function typeText(schema: unknown, named: readonly NamedShape[] = []): string {
  if (!isJson(schema)) return 'anything'
  const { default: _, ...rest } = schema
  const text = JSON.stringify(rest)
  const known = named.find((shape) => JSON.stringify(shape.schema) === text)
  if (known !== undefined) {
    return `${known.partial === true ? 'some of ' : ''}[${known.name}](json.md#${known.name.toLowerCase()})`
  }
  const several = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(several)) return several.map((one) => typeText(one, named)).join(' or ')
  if (schema['const'] !== undefined) return `\`${JSON.stringify(schema['const'])}\``
  const choices = schema['enum']
  if (Array.isArray(choices)) return choices.map((choice) => `\`${JSON.stringify(choice)}\``).join(' ')
  const type = schema['type']
  if (isList(type)) return type.map((one) => typeText({ ...schema, type: one }, named)).join(' or ')
  switch (type) {
    case 'null':
      return 'null'
    case 'boolean':
      return 'true or false'
    case 'integer':
      return withBounds('whole number', schema, ['minimum', 'maximum'])
    case 'number':
      return withBounds('number', schema, ['minimum', 'maximum'])
    case 'string':
      return withBounds(stringName(schema), schema, ['minLength', 'maxLength'])
    case 'array':
      return arrayText(schema, named)
    case 'object':
      return objectText(schema, named)
    default:
      return 'anything'
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

function stringName(schema: Json): string {
  if (schema['format'] === 'uri') return 'URL'
  return schema['pattern'] === '^\\/.*' ? 'absolute path' : 'text'
}

/** Bounds that say something: not the limits of a double, and not "at least 0 characters". */
function withBounds(name: string, schema: Json, keys: readonly [low: string, high: string]): string {
  const low = schema[keys[0]]
  const high = schema[keys[1]]
  const from = typeof low === 'number' && low > Number.MIN_SAFE_INTEGER ? low : null
  const to = typeof high === 'number' && high < Number.MAX_SAFE_INTEGER ? high : null
  const unit = keys[0] === 'minLength' ? ' characters' : ''
  if (to === null) return from === null || unit !== '' ? name : `${name}, at least ${from}`
  return from === null ? `${name}, at most ${to}${unit}` : `${name}, ${from} to ${to}${unit}`
}

function arrayText(schema: Json, named: readonly NamedShape[]): string {
  const items = schema['prefixItems']
  if (Array.isArray(items)) return `[${items.map((item) => typeText(item, named)).join(', ')}]`
  return `list of ${typeText(schema['items'], named)}`
}

function objectText(schema: Json, named: readonly NamedShape[]): string {
  const { properties, required } = schema
  if (!isJson(properties)) {
    const values = schema['additionalProperties']
    return isJson(values) && Object.keys(values).length > 0
      ? `object of ${typeText(values, named)} by name`
      : 'object'
  }
  const needed: readonly unknown[] = Array.isArray(required) ? required : []
  const fields = Object.entries(properties).map(
    ([name, field]) => `\`${name}\`${needed.includes(name) ? '' : '?'}: ${typeText(field, named)}`,
  )
  return `{${fields.join('; ')}}`
}
