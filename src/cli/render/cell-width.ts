/** Terminal cells of a text without control sequences. ASCII, which nearly everything is, is not asked about. */
export function cellWidth(text: string): number {
  return /^[\u0020-\u007e]*$/.test(text) ? text.length : Bun.stringWidth(text)
}
