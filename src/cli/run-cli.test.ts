import { expect, test } from 'bun:test'
import { HIDDEN_VERBS, VERBS, VERB_GROUPS } from './verb-table.ts'
import { verbHelp } from './help.ts'

test('each verb is in one group of the help, under its own name, with examples', async () => {
  const grouped = VERB_GROUPS.flatMap(([, names]) => names)
  expect([...grouped].sort()).toEqual(Object.keys(VERBS).sort())
  for (const [name, load] of [...Object.entries(VERBS), ...Object.entries(HIDDEN_VERBS)]) {
    const verb = await load()
    expect(verb.spec.name).toBe(name)
    expect(verb.spec.examples.length).toBeGreaterThan(0)
    expect(verbHelp(verb)).toContain(`Usage: fettle ${name}`)
  }
})

test('rules name flags that exist', async () => {
  for (const load of Object.values(VERBS)) {
    const { spec } = await load()
    for (const rule of spec.rules ?? []) {
      const others = 'excludes' in rule ? rule.excludes : rule.needs
      for (const flag of [rule.flag, ...others]) expect(Object.keys(spec.flags)).toContain(flag)
    }
  }
})

test('no two flags of a verb have one letter', async () => {
  for (const load of Object.values(VERBS)) {
    const { spec } = await load()
    const letters = Object.values(spec.flags).flatMap((flag) => flag.short ?? [])
    expect(new Set([...letters, 'q', 'y', 'h', 'V']).size).toBe(letters.length + 4)
  }
})
