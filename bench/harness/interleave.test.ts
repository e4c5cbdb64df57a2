import { expect, test } from 'bun:test'
import { interleave, Series } from './interleave.ts'

test('sides are taken in turn, in the opposite order every second round, and warm-ups do not count', async () => {
  const order: string[] = []
  let value = 0
  const side = (name: string): Series<number> =>
    new Series(() => {
      order.push(name)
      return value++
    })
  const [a, b] = [side('a'), side('b')]
  await interleave([a, b], { rounds: 2 })
  expect(order.join('')).toBe('baabba')
  expect(a.values).toEqual([2, 5])
  expect(b.values).toEqual([3, 4])
})
