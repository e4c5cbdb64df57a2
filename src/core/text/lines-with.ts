/** Text or bytes. */
interface Searched<N, E> {
  readonly length: number
  indexOf(searched: N | E, from: number): number
  lastIndexOf(searched: N | E, from: number): number
}

/** Whole lines, with their ends, in which one of the needles stands; in order. Each needle is looked for once. */
export function* linesWith<N, E>(
  region: Searched<N, E>,
  { needles, end }: { readonly needles: readonly N[]; readonly end: E },
): Generator<readonly [from: number, to: number]> {
  const orEnd = (found: number): number => (found === -1 ? region.length : found)
  const next = needles.map((needle) => orEnd(region.indexOf(needle, 0)))
  for (let to = 0; ;) {
    const at = Math.min(...next)
    if (at >= region.length) return
    const from = Math.max(to, region.lastIndexOf(end, at) + 1)
    to = Math.min(region.length, orEnd(region.indexOf(end, at)) + 1)
    yield [from, to]
    for (const [i, needle] of needles.entries()) {
      if ((next[i] ?? 0) < to) next[i] = orEnd(region.indexOf(needle, to))
    }
  }
}
