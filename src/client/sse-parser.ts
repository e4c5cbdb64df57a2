/** Server-sent events from chunks of text, as the HTML standard has them, with bounded lines. */
export interface SseMessage {
  readonly id: string
  readonly event: string
  readonly data: string
}

export function createSseParser(): { push(chunk: string): SseMessage[] } {
  let rest = ''
  let id = ''
  let event = ''
  let data: string[] = []

  const take = (line: string, found: SseMessage[]): void => {
    if (line === '') {
      if (data.length > 0 || event !== '') found.push({ id, event, data: data.join('\n') })
      event = ''
      data = []
      return
    }
    const at = line.indexOf(':')
    const field = at === -1 ? line : line.slice(0, at)
    const value = at === -1 ? '' : line.slice(at + 1).replace(/^ /, '')
    if (field === 'data') data.push(value)
    else if (field === 'event') event = value
    else if (field === 'id') id = value
  }

  return {
    push(chunk) {
      const found: SseMessage[] = []
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) take(line.endsWith('\r') ? line.slice(0, -1) : line, found)
      return found
    },
  }
}
