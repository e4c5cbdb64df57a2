/** What a check found. A repair says beforehand what it will do, and afterwards what it did. */
export interface Finding {
  readonly level: 'ok' | 'note' | 'problem'
  /** Which check: `kernel`, `folders`, `sockets`, … */
  readonly check: string
  readonly text: string
  readonly repair?: Repair
}

export interface Repair {
  /** What would be done, as a person is asked. */
  readonly plan: string
  /** Does it and answers what became of it. Throws when it could not. */
  readonly run: () => Promise<string>
}
