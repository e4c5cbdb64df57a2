/** Fields of an event's data, which a later or older version may have written: what is not as expected is absent. */
export type EventData = Readonly<Record<string, unknown>>

export function textOf(data: EventData, key: string): string | null {
  const value = data[key]
  return typeof value === 'string' && value !== '' ? value : null
}

export function numberOf(data: EventData, key: string): number | null {
  const value = data[key]
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

export function listOf(data: EventData, key: string): readonly unknown[] {
  const value = data[key]
  return Array.isArray(value) ? value : []
}
