import { expect, test } from 'bun:test'
import { parseCgroupMount, parseOwnCgroup } from './cgroup.ts'

test('the own group is the line of hierarchy 0', () => {
  expect(parseOwnCgroup('4:memory:/a\n0::/user.slice/session-3.scope\n')).toBe('/user.slice/session-3.scope')
  expect(parseOwnCgroup('4:memory:/a\n')).toBeNull()
})

test('a group outside the namespace cannot be reached', () => {
  expect(parseOwnCgroup('0::/../../init.scope\n')).toBeNull()
})

test('the mount of the v2 hierarchy is found by itself and beside v1', () => {
  const beside = [
    '30 25 0:26 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory',
    '31 25 0:27 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw',
  ].join('\n')
  expect(parseCgroupMount(beside)).toBe('/sys/fs/cgroup/unified')
  expect(parseCgroupMount('30 25 0:26 / /proc rw - proc proc rw')).toBeNull()
})
