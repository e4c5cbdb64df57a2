import { expect, test } from 'bun:test'
import { fitSlope, pairRatios, quantile, summarise } from './statistics.ts'

test('quantiles lie between the values beside them', () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5)
  expect(quantile([1, 2, 3], 0)).toBe(1)
  expect(quantile([1, 2, 3], 1)).toBe(3)
  expect(quantile([7], 0.9)).toBe(7)
  expect(() => quantile([], 0.5)).toThrow('no value')
})

test('a figure has its spread', () => {
  const values = Array.from({ length: 11 }, (_, i) => i)
  expect(summarise(values)).toEqual({ median: 5, p10: 1, p90: 9, p95: 9.5, count: 11 })
})

test('a ratio is taken within its pair', () => {
  expect(pairRatios([2, 30], [1, 10])).toEqual([2, 3])
  expect(() => pairRatios([1], [])).toThrow('1 values beside 0')
})

test('a slope is that of the line', () => {
  const points = [1, 2, 5, 9].map((x) => ({ x, y: 3 * x + 7 }))
  expect(fitSlope(points)).toBeCloseTo(3)
})
