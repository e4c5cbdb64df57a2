import { expect, test } from 'bun:test'
import { toRow } from '../harness/row.ts'
import { renderPage } from './render-page.ts'
import type { Report } from './report.ts'

const REPORT: Report = {
  format: 1,
  host: {
    date: '2026-01-01',
    kernel: '6.18.0',
    cores: 2,
    cpu: 'some cpu',
    memoryGb: 8,
    fsyncMs: 0.25,
    pageFaultUs: 0.5,
    loadBefore: 0.1,
    versions: { fettle: '1.0.0' },
  },
  options: { only: [], quick: false, soakJobs: 0 },
  rows: [
    toRow({
      id: 'good',
      what: 'A good row',
      unit: 'ms',
      fettle: [9, 10, 11],
      peers: [{ name: '`a | b`', values: [20, 20, 20] }],
      ratioTo: '`a | b`',
      goals: [
        { of: 'ratio', atMost: 0.5 },
        { of: 'value', atMost: 10 },
      ],
    }),
    toRow({
      id: 'bad',
      what: 'A bad row',
      unit: 'MB/s',
      fettle: [10],
      peers: [{ name: 'peer', values: [20] }],
      ratioTo: 'peer',
      goals: [{ of: 'ratio', atLeast: 0.9 }],
      notes: ['Measured so.'],
    }),
    toRow({
      id: 'alone',
      what: 'A row without its peer',
      unit: '/s',
      fettle: [10],
      peers: [{ name: 'peer', values: null }],
      ratioTo: 'peer',
      goals: [{ of: 'ratio', atLeast: 0.9 }],
    }),
  ],
  tables: [{ title: 'Growth', intro: 'So it grows.', head: ['jobs', 'ms'], lines: [['1', '2.0']] }],
  failures: [{ section: 'soak', why: 'no time\nat all' }],
  seconds: 90,
}

test('each row says what was measured, beside whom, and whether it is enough', () => {
  const page = renderPage(REPORT, { bad: 'It is slow because.', good: 'never shown' })
  expect(page).toContain(
    '| A good row | 10.0 ms (9.20–10.8) | `a \\| b` 20.0 ms (20.0–20.0) | 0.500× (0.460–0.540) | ≤ 0.5 ×; ≤ 10 ms | yes; yes |',
  )
  expect(page).toContain('| A bad row | 10.0 MB/s | peer 20.0 MB/s | 0.500× | ≥ 0.9 × | **no** |')
  expect(page).toContain(
    '| A row without its peer | 10.0/s | peer not measured |  | ≥ 0.9 × | not measured |',
  )
  expect(page).toContain('- A bad row (once): Measured so.')
  expect(page).toContain('## Why not\n\n- **A bad row.** It is slow because.')
  expect(page).not.toContain('never shown')
  expect(page).toContain('- `soak`: no time\n')
  expect(page).toContain('| jobs | ms |\n|---|---|\n| 1 | 2.0 |')
})
