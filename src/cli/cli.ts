import { createHome, readHome } from '../store/home.ts'
import type { FoundHome } from '../store/home.ts'
import { createPaint } from './render/paint.ts'
import type { ColorMode, Paint } from './render/paint.ts'
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
    this.#home ??= readHome({ env: process.env, flagHome: this.#flagHome })
    return this.#home
  }

  /** The home, made where it is missing: for verbs that act. */
  makeHome(): FoundHome {
    this.#home = createHome({ env: process.env, flagHome: this.#flagHome })
    return this.#home
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
    if (!this.quiet) writeErr(`fettle: ${text}\n`)
  }
}
