import { expect, test } from 'bun:test'
import { renderTable } from './table.ts'

const columns = [
  { title: 'ID', text: (row: readonly string[]) => row[0] ?? '' },
  { title: 'SIZE', text: (row: readonly string[]) => row[1] ?? '', align: 'right' },
  { title: 'COMMAND', text: (row: readonly string[]) => row[2] ?? '', fill: true },
] as const

const plain = (text: string): string => text

test('columns are as wide as their widest cell, and no line ends in blanks', () => {
  const text = renderTable({
    columns,
    rows: [
      ['a', '1 kB', 'x'],
      ['bbb', '10 kB', ''],
    ],
    width: null,
    paintTitle: plain,
  })
  expect(text).toBe('ID    SIZE  COMMAND\na     1 kB  x\nbbb  10 kB\n')
})

test('the filling column is cut at the terminal, by cells and not by code units', () => {
  const text = renderTable({ columns, rows: [['a', '1', '漢字漢字漢字']], width: 20, paintTitle: plain })
  // 2 + 2 + 4 + 2 cells stand before it
  expect(text.split('\n')[1]).toBe('a      1  漢字漢字…')
})

test('newlines and escape sequences of an argument do not break the table', () => {
  const text = renderTable({ columns, rows: [['a', '1', 'x\ny\u001b[2Jz']], width: null, paintTitle: plain })
  expect(text.split('\n')[1]).toBe('a      1  x␤yz')
})
