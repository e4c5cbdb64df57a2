import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ALIASES, VERBS } from '../../src/cli/verb-table.ts'
import { FettleError } from '../../src/core/errors.ts'

const root = join(import.meta.dirname, '../..')
const PAGES = [
  'README.md',
  ...readdirSync(join(root, 'docs/guides')).map((name) => join('docs/guides', name)),
  'docs/reference/security.md',
  'docs/reference/environment-variables.md',
]

/** Commands in blocks and in running text: `fettle …`, up to a pipe, a comment or the next command. */
function commandsOf(text: string): string[] {
  const blocks = Array.from(text.matchAll(/^```\w*\n(.*?)^```/gms), ([, body = '']) =>
    body.split('\n'),
  ).flat()
  const inline = Array.from(
    text.replaceAll(/^```.*?^```/gms, '').matchAll(/`(fettle [^`]+)`/g),
    ([, line = '']) => line,
  )
  return [...blocks, ...inline].flatMap((line) => {
    const command = /^(?:\$ )?(fettle [a-z].*)$/.exec(line.trim())?.[1]
    return command === undefined || command.includes('…') || command.includes('$(') ? [] : [command]
  })
}

/** Words as a shell would make them; what follows `|`, `&&`, `>`, `;` or ` #` is not of the command. */
function wordsOf(command: string): string[] {
  const words: string[] = []
  for (const [part] of command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)) {
    if (/^(?:\||&&|>|#)/.test(part)) break
    words.push(
      part.replaceAll(
        /'([^']*)'|"([^"]*)"/g,
        (_, single?: string, double?: string) => single ?? double ?? '',
      ),
    )
  }
  return words
}

/** What is wrong with a command line, null when it is understood. A word in capitals stands for a value. */
async function faultOf(command: string): Promise<string | null> {
  const [, name = '', ...rest] = wordsOf(command)
  if (name === 'VERB' || name.startsWith('-')) return null
  const load = VERBS[ALIASES[name] ?? name]
  if (load === undefined) return `${command}: there is no verb "${name}"`
  try {
    ;(await load()).parse(rest, 0)
    return null
  } catch (error) {
    if (!(error instanceof FettleError)) throw error
    const hasPlaceholder = rest.some((word) => /^[A-Z]+$/.test(word))
    return error.code === 'bad_value' && hasPlaceholder ? null : `${command}: ${error.message}`
  }
}

test('a verb or flag that is not there is found', async () => {
  expect(commandsOf('a `fettle nope` b\n```\n$ fettle ps --nope | head\nfettle ps # x\n```\n')).toEqual([
    'fettle ps --nope | head',
    'fettle ps # x',
    'fettle nope',
  ])
  expect(await faultOf('fettle nope')).toContain('no verb')
  expect(await faultOf('fettle ps --nope | head')).toContain('--nope')
  expect(await faultOf("fettle run --shell 'a | b' --wait # c")).toBeNull()
})

for (const page of PAGES) {
  test(`commands of ${page} are understood`, async () => {
    const commands = commandsOf(readFileSync(join(root, page), 'utf8'))
    const faults = await Promise.all(commands.map(faultOf))
    expect(faults.filter((fault) => fault !== null)).toEqual([])
  })
}
