import { useSecretNames } from '../core/redact/secret-names.ts'
import { oneLine } from '../core/text/one-line.ts'
import { readSettings, type FoundSettings } from '../store/home/read-settings.ts'
import { createHome, readHome } from '../store/home.ts'
import type { FoundHome } from '../store/home.ts'
import { createPaint } from './render/paint.ts'
import type { ColorMode, Paint } from './render/paint.ts'
import { wipeProgress } from './progress.ts'
import { isTerminal, writeErr, writeOut } from './output.ts'

/** Of what `--json` prints; a job's own stands in its place. It only grows. */
const JSON_FORMAT = 1

export interface CliOptions {
  readonly json: boolean
  readonly quiet: boolean
  readonly yes: boolean
  readonly color: ColorMode
  /** `--home`, null when not given. */
  readonly home: string | null
}

/** What a verb has at hand: the global flags, the home (found when first asked for), and where to write. */
export class Cli {
  readonly json: boolean
  readonly quiet: boolean
  readonly yes: boolean
  readonly #color: ColorMode
  readonly #flagHome: string | null
  #home: FoundHome | null = null
  #settings: FoundSettings | null = null
  #paint: Paint | null = null

  constructor(options: CliOptions) {
    this.json = options.json
    this.quiet = options.quiet
    this.yes = options.yes
    this.#color = options.color
    this.#flagHome = options.home
  }

  /** The home as it is: reading makes nothing. */
  get home(): FoundHome {
    this.#home ??= this.#use(readHome({ env: process.env, flagHome: this.#flagHome }))
    return this.#home
  }

  /** The home, made where it is missing: for verbs that act. */
  makeHome(): FoundHome {
    const made = createHome({ env: process.env, flagHome: this.#flagHome })
    this.#home = this.#home === null ? this.#use(made) : made
    return made
  }

  /** The settings of the home; those with a fault are told on stderr, once, and by "doctor" in full. */
  get settings(): FoundSettings {
    this.#settings ??= readSettings(this.home)
    return this.#settings
  }

  #use(home: FoundHome): FoundHome {
    const found = readSettings(home)
    this.#settings = found
    useSecretNames(found.settings.secretNames)
    const [first] = found.faults
    if (first !== undefined) {
      const used = found.from === 'last good' ? 'the last ones without a fault count' : 'the defaults count'
      this.say(`${oneLine(first)}; ${used} ("fettle doctor" tells all)`)
    }
    return home
  }

  /** Colours for stdout. */
  get paint(): Paint {
    this.#paint ??= createPaint(this.#color, process.env, isTerminal(1))
    return this.#paint
  }

  /** Data, as it is. */
  out(text: string | Uint8Array): void {
    writeOut(text)
  }

  line(text: string): void {
    writeOut(`${text}\n`)
  }

  /** One JSON object on one line. */
  data(value: object): void {
    writeOut(`${JSON.stringify({ format: JSON_FORMAT, ...value })}\n`)
  }

  /** Talk for a person on stderr; silent with --quiet. */
  say(text: string): void {
    if (this.quiet) return
    wipeProgress()
    writeErr(`fettle: ${text}\n`)
  }
}
