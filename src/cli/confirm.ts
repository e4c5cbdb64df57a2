import { FettleError } from '../core/errors.ts'
import type { Cli } from './cli.ts'
import { isTerminal, writeErr } from './output.ts'

const SHOWN_ITEMS = 20

/** Asks on a terminal; elsewhere, and when the answer is no, the verb is refused. `--yes` answers for it. */
export async function confirm(cli: Cli, what: { question: string; items: readonly string[] }): Promise<void> {
  if (cli.yes) return
  if (!isTerminal(0) || !isTerminal(2)) {
    throw new FettleError('confirmation_needed', `${what.question} Nobody is there to answer`, {
      hint: `--yes answers for you. It would be:\n${shorten(what.items).join('\n')}`,
      data: { items: what.items },
    })
  }
  writeErr(`${shorten(what.items).join('\n')}\n${what.question} [y/N] `)
  const answer = await readLine()
  if (!/^y(es)?$/i.test(answer.trim()))
    throw new FettleError('confirmation_needed', 'Not confirmed: nothing was done')
}

function shorten(items: readonly string[]): string[] {
  const shown = items.slice(0, SHOWN_ITEMS).map((item) => `  ${item}`)
  return items.length <= SHOWN_ITEMS ? shown : [...shown, `  … and ${items.length - SHOWN_ITEMS} more`]
}

async function readLine(): Promise<string> {
  let text = ''
  process.stdin.setEncoding('utf8')
  for await (const chunk of process.stdin) {
    text += String(chunk)
    if (text.includes('\n')) break
  }
  return text.split('\n')[0] ?? ''
}
