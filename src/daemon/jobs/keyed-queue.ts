/** Work with the same key runs one after the other, in the order of asking; different keys do not wait for each other. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<void>>()

  get size(): number {
    return this.#tails.size
  }

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve()
    const { promise: mine, resolve: done } = Promise.withResolvers<void>()
    const tail = before.then(() => mine)
    this.#tails.set(key, tail)
    await before
    try {
      return await work()
    } finally {
      done()
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    }
  }
}
