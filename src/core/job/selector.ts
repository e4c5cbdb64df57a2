import { FettleError } from '../errors.ts'

/** What a selector can see of a job. */
export interface Selectable {
  readonly id: string
  readonly name: string | null
  readonly owner: string
  readonly task: string | null
  readonly labels: Readonly<Record<string, string>>
  readonly state: string
  readonly createdAtMs: number
  /** Between two runs a job lives, whatever the state of the last one. */
  readonly restart: { readonly nextStartMs: number | null }
}

export const MIN_PREFIX_HEX = 4

/**
 * Selectors, as people type them: an id, a prefix of one (from 4 hex digits, with or without `proc_`), a name, a
 * glob on names (`web-*`, `db?`), `owner:NAME`, `task:NAME`, `label:KEY=VALUE` or `label:KEY`.
 *
 * A selector never means everything by implication. An id, prefix or name must mean one job. Of several jobs of one
 * name those of the caller's own owner come first, of these the one that lives, and when all have ended the newest. A set may be empty, and
 * that is an error too, so that a typing mistake does not look like success. A glob that any name fits (`*`) needs
 * `all`, as does an empty list of selectors, which is refused unless `all` says otherwise.
 */
export interface ResolveOptions<T extends Selectable> {
  readonly selectors: readonly string[]
  readonly jobs: readonly T[]
  /** Everything was asked for in so many words. */
  readonly all?: boolean
  /** A name that several owners use means the one of this owner. */
  readonly owner?: string
  /** A pattern of names reaches jobs of `owner` only: what acts must not meet a stranger's job by a likeness. */
  readonly ownGlobs?: boolean
}

/** The jobs meant, each once, in the order of the list. */
export function resolveSelectors<T extends Selectable>(options: ResolveOptions<T>): T[] {
  const { selectors, jobs, all = false } = options
  if (selectors.length === 0) {
    if (all) return [...jobs]
    throw new FettleError('usage', 'No job was named, expected an id, a name or another selector', {
      hint: 'Give --all to mean every job.',
    })
  }
  const meant = new Set<string>()
  for (const selector of selectors) {
    for (const job of resolveOne(selector, options)) meant.add(job.id)
  }
  return jobs.filter((job) => meant.has(job.id))
}

/** Exactly one job; a selector of a set that holds several is ambiguous here. */
export function resolveSingle<T extends Selectable>(
  selector: string,
  options: { readonly jobs: readonly T[]; readonly owner?: string },
): T {
  const found = resolveOne(selector, { ...options, selectors: [selector] })
  return single(selector, found)
}

function resolveOne<T extends Selectable>(selector: string, options: ResolveOptions<T>): T[] {
  const { jobs } = options
  if (selector === '') throw new FettleError('bad_value', 'A selector is empty, expected an id or a name')
  const set = setPredicate(selector, options.all ?? false)
  if (set !== null) {
    const found = jobs.filter(set)
    if (found.length === 0) throw notFound(selector)
    const { owner, ownGlobs = false } = options
    if (!ownGlobs || owner === undefined || !isGlob(selector)) return found
    const own = found.filter((job) => job.owner === owner)
    if (own.length === 0) throw notOwn(selector, owner)
    return own
  }
  const byId = jobs.filter((job) => job.id === selector)
  if (byId.length > 0) return byId
  const byName = jobs.filter((job) => job.name === selector)
  const byPrefix = isIdPrefix(selector) ? jobs.filter((job) => hasIdPrefix(job.id, selector)) : []
  // A name wins over a prefix of somebody's id: names are chosen, ids are drawn.
  return [single(selector, byName.length > 0 ? meantByName(byName, options.owner) : byPrefix)]
}

function setPredicate(selector: string, all: boolean): ((job: Selectable) => boolean) | null {
  const owner = after(selector, 'owner:')
  if (owner !== null) return (job) => job.owner === owner
  const task = after(selector, 'task:')
  if (task !== null) return (job) => job.task === task
  const label = after(selector, 'label:')
  if (label !== null) return labelPredicate(label)
  if (!isGlob(selector)) return null
  if (/^[*?]*\*[*?]*$/.test(selector) && !all) {
    throw new FettleError(
      'confirmation_needed',
      `"${selector}" means every job that has a name: say --all for that`,
      {
        hint: 'A pattern needs a letter or digit. "fettle kill --all" means every live job.',
        data: { selector },
      },
    )
  }
  return (job) => job.name !== null && matchesGlob(job.name, selector)
}

function isGlob(selector: string): boolean {
  return /[*?]/.test(selector) && !/^(?:owner|task|label):/.test(selector)
}

function after(text: string, prefix: string): string | null {
  if (!text.startsWith(prefix)) return null
  const rest = text.slice(prefix.length)
  if (rest !== '') return rest
  throw new FettleError('bad_value', `"${text}" names nothing, expected ${prefix}NAME`, {
    data: { value: text },
  })
}

function labelPredicate(label: string): (job: Selectable) => boolean {
  const at = label.indexOf('=')
  const key = at === -1 ? label : label.slice(0, at)
  return (job) => Object.hasOwn(job.labels, key) && (at === -1 || job.labels[key] === label.slice(at + 1))
}

function isIdPrefix(selector: string): boolean {
  const hex = selector.startsWith('proc_') ? selector.slice(5) : selector
  return hex.length >= MIN_PREFIX_HEX && /^[0-9a-f]+$/.test(hex)
}

function hasIdPrefix(id: string, selector: string): boolean {
  return id.startsWith(selector.startsWith('proc_') ? selector : `proc_${selector}`)
}

function preferOwner<T extends Selectable>(jobs: T[], owner: string | undefined): T[] {
  const own = owner === undefined ? [] : jobs.filter((job) => job.owner === owner)
  return own.length > 0 ? own : jobs
}

/** More than one only where several owners have a living job of this name: nobody can tell which is meant. */
function meantByName<T extends Selectable>(named: T[], owner: string | undefined): T[] {
  const jobs = preferOwner(named, owner)
  const living = jobs.filter(isLiving)
  const owners = new Set(living.map((job) => job.owner))
  return owners.size > 1 ? living : [newest(living.length > 0 ? living : jobs)]
}

function isLiving(job: Selectable): boolean {
  return !ENDED.has(job.state) || job.restart.nextStartMs !== null
}

function newest<T extends Selectable>(jobs: T[]): T {
  return jobs.reduce((best, job) => (job.createdAtMs >= best.createdAtMs ? job : best))
}

const ENDED: ReadonlySet<string> = new Set(['exited', 'failed_to_start', 'lost'])

function single<T extends Selectable>(selector: string, found: readonly T[]): T {
  const [first] = found
  if (first === undefined) throw notFound(selector)
  if (found.length === 1) return first
  const candidates = found.map(({ id, name, owner, state }) => ({ id, name, owner, state }))
  const listed = candidates
    .slice(0, 10)
    .map((job) => `${job.id} (${job.name ?? 'no name'}, ${job.owner}, ${job.state})`)
  const rest = found.length > listed.length ? ` and ${found.length - listed.length} more` : ''
  throw new FettleError(
    'ambiguous_selector',
    `"${selector}" means ${found.length} jobs, expected one: ${listed.join('; ')}${rest}`,
    { hint: 'Give more of the id.', data: { selector, candidates } },
  )
}

function notFound(selector: string): FettleError {
  const short = /^(?:proc_)?[0-9a-f]{1,3}$/.test(selector)
  return new FettleError('job_not_found', `No job is meant by "${selector}"`, {
    hint: short ? `A prefix of an id needs ${MIN_PREFIX_HEX} digits.` : 'fettle ps lists the jobs there are.',
    data: { selector },
  })
}

function notOwn(selector: string, owner: string): FettleError {
  return new FettleError('job_not_found', `No job of "${owner}" is meant by "${selector}"`, {
    hint: 'Jobs of others fit it. A pattern does not reach them here: give ids, names or owner:NAME.',
    data: { selector, owner },
  })
}

/** `*` any text, `?` one character. Walks back to the last star only, so never more than text × glob steps. */
export function matchesGlob(text: string, glob: string): boolean {
  let t = 0
  let g = 0
  let star = -1
  let starText = 0
  while (t < text.length) {
    if (glob[g] === '*') {
      star = g++
      starText = t
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === text[t])) {
      g++
      t++
    } else if (star !== -1) {
      g = star + 1
      t = ++starText
    } else {
      return false
    }
  }
  while (glob[g] === '*') g++
  return g === glob.length
}
