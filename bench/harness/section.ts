import type { Peers } from '../peers/find-peers.ts'
import type { SectionResult } from './row.ts'
import type { Scratch } from './scratch.ts'

export interface SectionContext {
  readonly scratch: Scratch
  readonly peers: Peers
  /** Few repeats and small amounts: shows that everything works, not how fast it is. */
  readonly quick: boolean
  /** Pairs of a row that is judged by a ratio. */
  readonly pairs: number
  readonly say: (text: string) => void
}

export interface Section {
  readonly name: string
  run(context: SectionContext): Promise<SectionResult>
}
