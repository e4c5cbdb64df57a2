/**
 * Texts of which at least one stands in whatever a regular expression matches, so that a search for them (ten times as
 * fast) can pass over what cannot match. Null when none is known: the expression is then asked. Only what is surely required counts;
 * notation that is not understood here makes it null, never a wrong list.
 */
export function requiredLiterals(source: string, flags: string): readonly string[] | null {
  const parser = new LiteralParser(source, flags.includes('i'))
  const found = parser.parse()
  return found === null || found.some((text) => text.length < MIN_CHARS) ? null : found
}

/** A single character stands in nearly every line. */
const MIN_CHARS = 2
const MAX_LITERALS = 64

class NotUnderstood extends Error {}

class LiteralParser {
  readonly #source: string
  readonly #foldsCase: boolean
  #at = 0

  constructor(source: string, foldsCase: boolean) {
    this.#source = source
    this.#foldsCase = foldsCase
  }

  parse(): readonly string[] | null {
    try {
      const found = this.#alternatives()
      if (this.#at < this.#source.length || found === null) return null
      const all = this.#foldsCase ? found.flatMap(caseVariants) : found
      return all.length > MAX_LITERALS ? null : all
    } catch (error) {
      if (error instanceof NotUnderstood) return null
      throw error
    }
  }

  /** Whichever branch it is, one of its own must be there. */
  #alternatives(): string[] | null {
    let all: string[] | null = this.#sequence()
    while (this.#source[this.#at] === '|') {
      this.#at++
      const next = this.#sequence()
      all = all === null || next === null ? null : [...all, ...next]
    }
    return all
  }

  /** The best of what each part requires. */
  #sequence(): string[] | null {
    let best: string[] | null = null
    let run = ''
    const offer = (texts: string[] | null): void => {
      if (texts !== null && (best === null || worth(texts) > worth(best))) best = texts
    }
    const endRun = (): void => {
      if (run !== '') offer([run])
      run = ''
    }
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at]
      if (char === '|' || char === ')') break
      const atom = this.#atom()
      const repeat = this.#repeat()
      if (atom.kind === 'char' && repeat === 'once') {
        run += atom.text
        continue
      }
      if (atom.kind === 'char' && repeat === 'many') run += atom.text
      endRun()
      if (atom.kind === 'group' && repeat !== 'perhaps') offer(atom.texts)
    }
    endRun()
    return best
  }

  #atom():
    | { readonly kind: 'char'; readonly text: string }
    | { readonly kind: 'group'; readonly texts: string[] | null } {
    const point = this.#source.codePointAt(this.#at) ?? 0
    const char = String.fromCodePoint(point)
    this.#at += char.length
    if (char === '(') return { kind: 'group', texts: this.#group() }
    if (char === '[') return this.#class()
    if (char === '\\') return this.#escape()
    if (char === '.' || char === '^' || char === '$') return ANYTHING
    if (char === '*' || char === '+' || char === '?') throw new NotUnderstood()
    // other letters have more forms than two
    return this.#foldsCase && point > 0x7e ? ANYTHING : { kind: 'char', text: char }
  }

  #group(): string[] | null {
    if (this.#source[this.#at] === '?') {
      const head = /^\?(?::|P?<\w+>)/.exec(this.#source.slice(this.#at, this.#at + 80))?.[0]
      // flags within change what the rest means
      if (head === undefined) throw new NotUnderstood()
      this.#at += head.length
    }
    const texts = this.#alternatives()
    if (this.#source[this.#at] !== ')') throw new NotUnderstood()
    this.#at++
    return texts
  }

  #class(): typeof ANYTHING {
    if (this.#source[this.#at] === '^') this.#at++
    if (this.#source[this.#at] === ']') this.#at++
    for (; ; this.#at++) {
      const char = this.#source[this.#at]
      if (char === undefined || char === '[') throw new NotUnderstood()
      if (char === '\\') this.#at++
      else if (char === ']') break
    }
    this.#at++
    return ANYTHING
  }

  #escape(): typeof ANYTHING | { readonly kind: 'char'; readonly text: string } {
    const char = this.#source[this.#at++] ?? ''
    if (/[dDwWsSbBAzntrfv]/.test(char)) return ANYTHING
    if (/[!-/:-@[-`{-~]/.test(char)) return { kind: 'char', text: char }
    throw new NotUnderstood()
  }

  #repeat(): 'once' | 'many' | 'perhaps' {
    const char = this.#source[this.#at]
    const counted =
      char === '{' ? /^\{(\d+)(?:,\d*)?\}/.exec(this.#source.slice(this.#at, this.#at + 20)) : null
    if (char !== '*' && char !== '+' && char !== '?' && counted === null) return 'once'
    this.#at += counted?.[0].length ?? 1
    if (this.#source[this.#at] === '?') this.#at++
    if (char === '+') return 'many'
    return counted !== null && Number(counted[1]) > 0 ? 'many' : 'perhaps'
  }
}

const ANYTHING = { kind: 'group', texts: null } as const

/** The longer the shortest, the rarer a find; of as long ones fewer are quicker to look for. */
function worth(texts: readonly string[]): number {
  return Math.min(...texts.map((text) => Math.min(text.length, 8))) * 100 - texts.length
}

/** Four characters in every way of writing them, for a search that tells upper from lower case. */
function caseVariants(text: string): string[] {
  let variants = ['']
  for (const char of text.slice(0, 4)) {
    const forms = new Set([
      char.toLowerCase(),
      char.toUpperCase(),
      ...(OTHER_FORMS.get(char.toLowerCase()) ?? []),
    ])
    variants = variants.flatMap((variant) => [...forms].map((form) => variant + form))
  }
  return variants
}

/** Unicode folds these with ASCII letters: the Kelvin sign, the long s. */
const OTHER_FORMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['k', ['\u212a']],
  ['s', ['\u017f']],
])
