// What the sources say in their comments is said once, there; the reference takes it from them.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../toolchain.mjs'

export function readSource(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** `NAME.field` → the comment above it, for each exported zod object of a file. */
export function readFieldNotes(source: string): ReadonlyMap<string, string> {
  const notes = new Map<string, string>()
  let owner = ''
  let pending: string[] = []
  let inComment = false
  for (const line of source.split('\n')) {
    const trimmed = line.trim()
    const started = /^export const (\w+) = z/.exec(line)
    if (started !== null) owner = started[1] ?? ''
    if (trimmed.startsWith('/**')) {
      pending = []
      inComment = true
    }
    if (inComment) {
      const words = trimmed
        .replace(/^\/\*\*\s?/, '')
        .replace(/^\*\s?(?!\/)/, '')
        .replace(/\s*\*\/$/, '')
        .trim()
      if (words !== '' && words !== '*/') pending.push(words)
      if (trimmed.endsWith('*/')) inComment = false
      continue
    }
    const field = /^\s+(\w+):/.exec(line)?.[1]
    const key = `${owner}.${field ?? ''}`
    if (field !== undefined && pending.length > 0 && !notes.has(key)) notes.set(key, pending.join(' '))
    pending = []
  }
  return notes
}

/** The declaration of an exported interface or type with the comment above it, as it stands in the source. */
export function readDeclaration(source: string, name: string): string {
  const lines = source.split('\n')
  const at = lines.findIndex((line) => new RegExp(`^export (?:interface|type) ${name}\\b`).test(line))
  if (at === -1) throw new Error(`There is no exported type ${name}`)
  const first = lines[at] ?? ''
  let end = at
  if (first.startsWith('export interface')) {
    end = lines.indexOf('}', at)
  } else {
    while (/^(?:\s|$)/.test(lines[end + 1] ?? 'x') && (lines[end + 1] ?? '').trim() !== '') end += 1
  }
  return [...commentAbove(lines, at), ...lines.slice(at, end + 1)].join('\n').replaceAll('export ', '')
}

function commentAbove(lines: readonly string[], at: number): readonly string[] {
  if (lines[at - 1]?.trim().endsWith('*/') !== true) return []
  for (let from = at - 1; from >= 0; from -= 1) {
    if (lines[from]?.trim().startsWith('/**') === true) return lines.slice(from, at)
  }
  return []
}
