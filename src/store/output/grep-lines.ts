import { stripAnsi } from '../../core/text/strip-ansi.ts'
import type { OutputReader } from './output-reader.ts'
import { renderSlice, type RenderOptions } from './render-slice.ts'
import { scanLines, type ScanLinesOptions } from './scan-lines.ts'

export type GrepStep =
  | {
      readonly kind: 'hit'
      readonly from: number
      readonly to: number
      /** Redacted, without its line feed. */
      readonly text: string
      readonly cutBytes: number
    }
  | { readonly kind: 'gap'; readonly from: number; readonly to: number }
  /** Nothing to show, a good stretch of lines further: a place to let others run. */
  | { readonly kind: 'passed'; readonly to: number }

export interface GrepOptions extends RenderOptions, ScanLinesOptions {
  readonly matches: (line: string) => boolean
}

const PASSED_EACH_BYTES = 1024 * 1024

/**
 * Lines for which `matches` holds, in order, with memory for one line. A line counts when it matches as printed
 * (without control sequences) and still does after secrets were taken out of it: asking for one bit of a secret after
 * another must not tell it.
 */
export function* grepLines(reader: OutputReader, options: GrepOptions): Generator<GrepStep, void, undefined> {
  let told = options.from
  for (const line of scanLines(reader, options)) {
    if (line.kind === 'gap') {
      told = line.to
      yield line
      continue
    }
    if (options.matches(stripAnsi(line.bytes.toString()))) {
      const end = line.to - (line.ended ? 1 : 0)
      const shown = renderSlice(reader, { ...options, from: line.from, to: end - line.cutBytes })
      if (options.redact === 'off' || options.matches(stripAnsi(shown.text))) {
        told = line.to
        yield { kind: 'hit', from: line.from, to: line.to, text: shown.text, cutBytes: line.cutBytes }
        continue
      }
    }
    if (line.to - told >= PASSED_EACH_BYTES) {
      told = line.to
      yield { kind: 'passed', to: line.to }
    }
  }
}
