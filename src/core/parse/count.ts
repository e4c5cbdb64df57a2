/** `1204224` → `1,204,224`, whatever the locale of the reader. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return 'unknown'
  const digits = Math.abs(Math.trunc(count)).toString()
  const grouped = digits.replaceAll(/\B(?=(?:\d{3})+$)/g, ',')
  return count <= -1 ? `-${grouped}` : grouped
}

/** `1 line`, `2 lines`, `1,204 matches`. */
export function formatCounted(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}
