import { expect, test } from 'bun:test'
import { KeyedQueue } from './keyed-queue.ts'

test('work of one key never overlaps and keeps its order, work of another goes on', async () => {
  const queue = new KeyedQueue()
  const seen: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = queue.run('a', async () => {
    seen.push('a1 begins')
    await gate.promise
    seen.push('a1 ends')
  })
  const second = queue.run('a', async () => {
    seen.push('a2')
    return await Promise.resolve(2)
  })
  await queue.run('b', async () => {
    seen.push('b')
    await Promise.resolve()
  })
  gate.resolve()
  expect(await second).toBe(2)
  await first
  expect(seen).toEqual(['a1 begins', 'b', 'a1 ends', 'a2'])
  expect(queue.size).toBe(0)
})

test('a failure reaches its caller and does not stop the next', async () => {
  const queue = new KeyedQueue()
  const failed = queue.run('a', async () => await Promise.reject(new Error('no')))
  const next = queue.run('a', async () => await Promise.resolve('yes'))
  const [first] = await Promise.allSettled([failed])
  expect(first.status).toBe('rejected')
  expect(await next).toBe('yes')
})
