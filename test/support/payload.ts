/** `1\n2\n…count\n`: each loss, doubling or swap shows. As a terminal prints it with `\r\n`. */
export function numberedLines(count: number, newline = '\n'): Buffer {
  const { stdout, exitCode } = Bun.spawnSync(['seq', '-s', newline, '1', String(count)])
  if (exitCode !== 0) throw new Error('seq has failed')
  // seq ends its last line with \n, whatever stands between the others.
  return newline === '\n' ? stdout : Buffer.concat([stdout.subarray(0, -1), Buffer.from(newline)])
}
