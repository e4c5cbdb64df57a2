import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import { isErrno } from '../../src/platform/files/errno.ts'
import { CliHome } from '../support/cli-home.ts'
import { findHomeProcesses } from '../support/home-processes.ts'

function list(path: string): string[] {
  try {
    return readdirSync(path, { recursive: true, encoding: 'utf8' }).toSorted()
  } catch (error) {
    // What another user keeps closed there is none of ours.
    if (isErrno(error, 'ENOENT', 'EACCES')) return []
    throw error
  }
}

/** What it could leave: files of the person, shared memory, sockets and processes. */
function traces(cli: CliHome, folders: readonly string[]): Record<string, unknown> {
  const sockets = readFileSync('/proc/net/unix', 'utf8').split('\n')
  return {
    folders: folders.map(list),
    sharedMemory: list('/dev/shm').filter((name) => name.includes('fettle')),
    sockets: sockets.filter((line) => line.includes(cli.home.dir)),
    processes: findHomeProcesses(cli.home.dir),
  }
}

test('the quickstart shows each verb at work, and leaves nothing behind', async () => {
  await using cli = new CliHome()
  const folders = ['home', 'tmp', 'run', 'work'].map((name) => join(cli.work, name))
  for (const folder of folders) mkdirSync(folder, { mode: 0o700 })
  const [home = '', tmp = '', runtime = '', work = ''] = folders
  const env = {
    HOME: home,
    TMPDIR: tmp,
    XDG_RUNTIME_DIR: runtime,
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CONFIG_HOME: join(home, 'config'),
    FETTLE_HOME: '',
  }
  const before = traces(cli, folders)
  const { code, out } = await cli.run(['quickstart'], { env, cwd: work })
  expect(code).toBe(0)
  for (const said of [
    'exit 3',
    'nothing of it is left',
    '1 process it had left was ended',
    'nothing is left behind',
  ])
    expect(out).toContain(said)
  expect(traces(cli, folders)).toEqual(before)
  const ids = new Set(out.match(/proc_[0-9a-f]{12}/g))
  expect(ids.size).toBeGreaterThan(3)
  const groups = ['/sys/fs/cgroup/fettle', '/sys/fs/cgroup/unified/fettle'].flatMap(list)
  expect(groups.filter((name) => [...ids].some((id) => name.includes(id)))).toEqual([])
})
