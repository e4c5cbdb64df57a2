import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { bootId, monotonicMs, nowMs } from './clock.ts'

test('monotonic time is the kernel clock, the same in every process', () => {
  // CLOCK_MONOTONIC is the time since boot without time asleep; /proc/uptime counts that too.
  const upMs = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000
  const here = monotonicMs()
  expect(here).toBeLessThan(upMs + 1000)
  const other = Bun.spawnSync({
    cmd: [
      process.execPath,
      '-e',
      `const { monotonicMs } = await import(${JSON.stringify(`${import.meta.dir}/clock.ts`)}); console.log(monotonicMs())`,
    ],
  })
  const there = Number(other.stdout.toString())
  expect(there).toBeGreaterThan(here)
  expect(there).toBeLessThan(monotonicMs())
})

test('the boot has a name', () => {
  expect(bootId()).toMatch(/^[0-9a-f-]{36}$/)
  expect(nowMs()).toBeGreaterThan(1_600_000_000_000)
})
