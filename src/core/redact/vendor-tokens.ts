import { type Span, maskSecret, isMasked } from './mask.ts'

/**
 * Keys that carry the mark of who gave them out. The body's alphabet and least length are the vendor's, or a little
 * wider. `sure` marks are found after any separator (`url_ghp_…`); the others are words that ordinary text has too
 * (`sk-spinner`, `npm_config_x`), so they must begin a word and look drawn rather than written.
 */
interface Vendor {
  readonly prefix: string
  readonly body: Alphabet
  readonly min: number
  /** No more than this many: longer ones are something else. */
  readonly max?: number
  readonly sure: boolean
}

type Alphabet = 'alnum' | 'word' | 'url' | 'dotted' | 'hex' | 'upper'

const ALPHABETS: { readonly [A in Alphabet]: string } = {
  alnum: 'A-Za-z0-9',
  word: 'A-Za-z0-9_',
  url: 'A-Za-z0-9_-',
  dotted: 'A-Za-z0-9_.-',
  hex: '0-9a-f',
  upper: 'A-Z0-9',
}

/** Longest key that is followed. */
const MAX_BODY_CHARS = 8_192

function sure(body: Alphabet, min: number, ...prefixes: readonly string[]): Vendor[] {
  return prefixes.map((prefix) => ({ prefix, body, min, sure: true }))
}

function likely(body: Alphabet, min: number, ...prefixes: readonly string[]): Vendor[] {
  return prefixes.map((prefix) => ({ prefix, body, min, sure: false }))
}

const VENDORS: readonly Vendor[] = [
  // Code hosts and registries.
  ...sure('alnum', 16, 'ghp_', 'gho_', 'ghu_', 'ghr_'),
  // Tokens of GitHub Apps hold dots since 2025.
  ...sure('dotted', 16, 'ghs_'),
  ...sure('word', 20, 'github_pat_'),
  ...sure(
    'dotted',
    16,
    'glpat-',
    'gldt-',
    'glptt-',
    'glrt-',
    'glcbt-',
    'glft-',
    'glsoat-',
    'glagent-',
    'glimt-',
  ),
  ...sure('url', 16, 'GR1348941', 'dckr_pat_', 'dckr_oat_', 'ATATT3', 'ATCTT3', 'ATBB'),
  ...likely('alnum', 30, 'npm_'),
  ...likely('url', 16, 'pypi-'),
  ...sure('hex', 40, 'rubygems_'),
  ...sure('alnum', 16, 'CLOJARS_', 'AKCp', 'sgp_'),
  // Models and search.
  ...likely('url', 10, 'sk-', 'hsk-'),
  ...sure('url', 10, 'sk-ant-', 'sk-proj-', 'sk-or-v1-', 'sk-svcacct-', 'sk-admin-'),
  ...likely('alnum', 16, 'hf_', 'r8_', 'gsk_', 'exa_', 'am_', 'fal_', 'brv_', 'mem0_', 'syt_', 'sntrys_'),
  ...likely(
    'url',
    16,
    'xai-',
    'pplx-',
    'tvly-',
    'nvapi-',
    'tgp_v1_',
    'csk-',
    'jina_',
    'lsv2_pt_',
    'lsv2_sk_',
  ),
  ...likely('alnum', 16, 'fc-', 'pcsk_', 'retaindb_'),
  { prefix: 'AIza', body: 'url', min: 30, max: 60, sure: true },
  ...likely('hex', 32, 'sk_', 'dapi'),
  // Clouds.
  ...['AKIA', 'ASIA', 'ABIA', 'ACCA'].map((prefix): Vendor => ({
    prefix,
    body: 'upper',
    min: 16,
    max: 16,
    sure: true,
  })),
  { prefix: 'LTAI', body: 'alnum', min: 16, max: 24, sure: false },
  ...sure('hex', 40, 'dop_v1_', 'doo_v1_', 'dor_v1_', 'sbp_'),
  ...sure('url', 16, 'sb_secret_', 'GOCSPX-', 'pscale_tkn_', 'pscale_pw_', 'pscale_oauth_', 'CFPAT-'),
  ...sure('dotted', 20, 'ya29.', 'hvs.', 'hvb.', 'hvr.', 'dp.pt.', 'dp.st.', 'dp.ct.', 'FlyV1'),
  ...likely('hex', 30, 'pul-'),
  ...sure('upper', 50, 'AGE-SECRET-KEY-1'),
  ...sure('word', 20, 'ops_eyJ'),
  // Money and shops.
  ...sure('alnum', 10, 'sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'bb_live_', 'rzp_live_', 'whsec_'),
  ...sure('hex', 32, 'shpat_', 'shpss_', 'shpca_', 'shppa_'),
  ...sure('url', 20, 'sq0atp-', 'sq0csp-', 'FLWSECK-', 'FLWSECK_'),
  // Messages, mail, watching, work.
  ...sure(
    'url',
    10,
    'xoxb-',
    'xoxp-',
    'xoxa-',
    'xoxr-',
    'xoxs-',
    'xoxc-',
    'xoxd-',
    'xoxo-',
    'xoxe-',
    'xapp-',
  ),
  ...sure('dotted', 10, 'xoxe.xoxp-', 'xoxe.xoxb-'),
  ...likely('dotted', 20, 'SG.'),
  ...sure('url', 32, 'xkeysib-', 'xsmtpsib-', 'PMAK-'),
  ...sure('upper', 20, 'NRAK-', 'NRII-'),
  ...sure('word', 20, 'glsa_', 'glc_', 'sntryu_', 'lin_api_', 'lin_oauth_', 'figd_', 'phx_', 'ntn_', 'rdme_'),
]

const BY_MARK: ReadonlyMap<string, readonly Vendor[]> = groupByMark()

function groupByMark() {
  const groups = new Map<string, Vendor[]>()
  // Longest mark first: sk-ant- is surer than sk-.
  for (const vendor of [...VENDORS].sort((a, b) => b.prefix.length - a.prefix.length)) {
    const mark = vendor.prefix.slice(0, 2)
    groups.set(mark, [...(groups.get(mark) ?? []), vendor])
  }
  return groups
}

/** Made when a prefix is first met: to compile all of them costs a short command half of its time. */
const patterns = new Map<Vendor, RegExp>()

function patternOf(vendor: Vendor): RegExp {
  const known = patterns.get(vendor)
  if (known !== undefined) return known
  // One more than the most, to see that there is more: each place with a mark costs no more than that.
  const most = vendor.max === undefined ? MAX_BODY_CHARS : vendor.max + 1
  const made = new RegExp(`[${ALPHABETS[vendor.body]}]{${vendor.min},${most}}`, 'y')
  patterns.set(vendor, made)
  return made
}

/** Words long enough to be a key. The look behind lets each be tried once, from its start. */
const LONG_WORD = /(?<![A-Za-z0-9_.-])[A-Za-z0-9_.-]{14,}/g

export function findVendorTokens(text: string): Span[] {
  const spans: Span[] = []
  for (const match of text.matchAll(LONG_WORD)) {
    const start = match.index
    const end = start + match[0].length
    const first = wordStart(text, start)
    let at = start
    while (at < end) {
      const found = tokenAt(text, at, at === start || at === first)
      if (found !== null) {
        spans.push(found)
        at = found.to
        continue
      }
      at = at < first ? first : nextPart(text, at, end)
    }
  }
  return spans
}

/** Behind `\n` written out in JSON, or `%3D` in a URL, the word begins later than it seems. */
function wordStart(text: string, start: number): number {
  const before = text[start - 1]
  if (before === '\\' && /[nrtbf]/.test(text[start] ?? '')) return start + 1
  if (before === '%' && /^[0-9A-Fa-f]{2}/.test(text.slice(start, start + 2))) return start + 2
  return start
}

function nextPart(text: string, from: number, end: number): number {
  for (let at = from + 1; at < end; at++) {
    const before = text[at - 1]
    if (before === '_' || before === '.' || before === '-') return at
  }
  return end
}

function tokenAt(text: string, at: number, beginsWord: boolean): Span | null {
  for (const vendor of BY_MARK.get(text.slice(at, at + 2)) ?? []) {
    if (!vendor.sure && !beginsWord) continue
    if (!text.startsWith(vendor.prefix, at)) continue
    const bodyAt = at + vendor.prefix.length
    const pattern = patternOf(vendor)
    pattern.lastIndex = bodyAt
    const body = pattern.exec(text)?.[0].replace(/[.-]+$/, '')
    if (body === undefined || body.length < vendor.min) continue
    const to = bodyAt + body.length
    if (vendor.max !== undefined && (body.length > vendor.max || /[A-Za-z0-9]/.test(text[to] ?? ''))) continue
    if (!vendor.sure && !looksDrawn(body)) continue
    // sk-abc...wxyz is what a mask leaves.
    if (isMasked(text.slice(at, at + maskSecret(text.slice(at, to)).length))) continue
    return { from: at, to, replacement: null }
  }
  return null
}

/** Letters and digits as chance gives them, not words joined by hyphens. */
export function looksDrawn(body: string): boolean {
  let longest = 0
  for (const part of body.split(/[-_.]/)) longest = Math.max(longest, part.length)
  if (longest >= 16) return true
  const isMixed = /\d/.test(body) ? /[A-Za-z]/.test(body) : /[a-z]/.test(body) && /[A-Z]/.test(body)
  return isMixed && (longest >= 10 || body.length >= 24)
}
