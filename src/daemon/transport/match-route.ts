import { API_METHODS, isMethodName, type MethodName } from '../../protocol/api/methods.ts'

export type RouteMatch =
  | { readonly kind: 'found'; readonly method: MethodName; readonly params: Readonly<Record<string, string>> }
  /** The path exists for other HTTP methods. */
  | { readonly kind: 'wrong_method'; readonly allow: readonly string[] }
  | { readonly kind: 'no_such_path' }

interface Route {
  readonly method: MethodName
  readonly http: string
  readonly parts: readonly string[]
}

const ROUTES: readonly Route[] = Object.keys(API_METHODS)
  .filter(isMethodName)
  .map((method) => ({ method, http: API_METHODS[method].http, parts: API_METHODS[method].path.split('/') }))
  // Written-out paths before those with a placeholder: `/v1/jobs/stop` is not a job called "stop".
  .sort((a, b) => countPlaceholders(a) - countPlaceholders(b))

export function matchRoute(http: string, path: string): RouteMatch {
  const parts = decodeParts(path)
  if (parts === null) return { kind: 'no_such_path' }
  const allow = new Set<string>()
  for (const route of ROUTES) {
    const params = matchParts(route.parts, parts)
    if (params === null) continue
    if (route.http === http) return { kind: 'found', method: route.method, params }
    allow.add(route.http)
  }
  return allow.size === 0 ? { kind: 'no_such_path' } : { kind: 'wrong_method', allow: [...allow] }
}

function matchParts(template: readonly string[], parts: readonly string[]): Record<string, string> | null {
  if (template.length !== parts.length) return null
  const params: Record<string, string> = {}
  for (const [i, expected] of template.entries()) {
    const part = parts[i] ?? ''
    if (!expected.startsWith('{')) {
      if (expected !== part) return null
    } else {
      if (part === '') return null
      params[expected.slice(1, -1)] = part
    }
  }
  return params
}

/** null when a part is not valid percent-encoding. */
function decodeParts(path: string): string[] | null {
  try {
    return path.split('/').map(decodeURIComponent)
  } catch {
    // URIError: whatever was meant, no route has such a name.
    return null
  }
}

function countPlaceholders(route: Route): number {
  return route.parts.filter((part) => part.startsWith('{')).length
}
