import { afterEach, beforeEach, expect, test } from 'bun:test'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database } from 'bun:sqlite'
import { FettleError } from '../../core/errors.ts'
import { bootId } from '../../platform/clock.ts'
import { eventsDatabase } from '../layout.ts'
import { openEventsForReading } from './open-events-for-reading.ts'
import { openEventsForWriting, type EventStore } from './open-events.ts'
import type { NewEvent } from './stored-event.ts'

let home: { state: string }
const opened: EventStore[] = []

beforeEach(() => {
  home = { state: mkdtempSync(join(tmpdir(), 'fettle-events-')) }
})

afterEach(() => {
  for (const store of opened.splice(0)) store[Symbol.dispose]()
  chmodSync(home.state, 0o700)
  rmSync(home.state, { recursive: true, force: true })
})

function openStore(): EventStore {
  const store = openEventsForWriting(home)
  opened.push(store)
  return store
}

function closeAll(): void {
  for (const store of opened.splice(0)) store[Symbol.dispose]()
}

function event(more: Partial<NewEvent> = {}): NewEvent {
  return {
    atMs: 1000.5,
    monoMs: 5,
    kind: 'run_started',
    jobId: 'proc_0123456789ab',
    run: 1,
    owner: 'me',
    actor: 'keeper',
    causeSeq: null,
    key: null,
    data: { pid: 7, text: 'ü' },
    ...more,
  }
}

function codeOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    return error instanceof FettleError ? error.code : String(error)
  }
  return 'nothing thrown'
}

test('what is appended is read back, in order, by writer and reader', () => {
  const store = openStore()
  const appended = store.append([
    event(),
    event({ kind: 'run_ended', jobId: null, run: null, owner: null, causeSeq: 1 }),
  ])
  expect(appended).toEqual([
    { seq: 1, added: true },
    { seq: 2, added: true },
  ])
  using reader = openEventsForReading(home)
  for (const log of [store, reader]) {
    const page = log.read({ afterSeq: 0, limit: 10 })
    expect(page).toMatchObject({ next: 2, epoch: store.epoch })
    expect(page.events.map((e) => e.seq)).toEqual([1, 2])
    const { key: _key, ...expected } = event()
    expect(page.events[0]).toEqual({ ...expected, seq: 1, epoch: store.epoch, bootId: bootId() })
    expect(log.readOne(2)?.causeSeq).toBe(1)
    expect(log.readOne(9)).toBe(null)
    expect(log.bounds()).toEqual({ first: 1, last: 2 })
  }
})

test('a page is bounded, and filtered by job and kind', () => {
  const store = openStore()
  store.append([event(), event({ jobId: 'proc_ffffffffffff' }), event({ kind: 'run_ready' }), event()])
  const seqs = (more: object) => store.read({ afterSeq: 0, limit: 10, ...more }).events.map((e) => e.seq)
  expect(seqs({ jobId: 'proc_0123456789ab' })).toEqual([1, 3, 4])
  expect(seqs({ kinds: ['run_ready'] })).toEqual([3])
  expect(seqs({ jobId: 'proc_0123456789ab', kinds: ['run_started'], afterSeq: 1 })).toEqual([4])
  expect(seqs({ limit: 2 })).toEqual([1, 2])
  expect(store.read({ afterSeq: 4, limit: 9 })).toMatchObject({ events: [], next: 4 })
})

test('a fact with a key is an event once, also after a restart', () => {
  const first = openStore()
  expect(first.append([event({ key: 'run_ended:a:1' })])).toEqual([{ seq: 1, added: true }])
  closeAll()
  const again = openStore()
  expect(again.append([event({ key: 'run_ended:a:1' }), event({ key: 'b' })])).toMatchObject([
    { seq: 1, added: false },
    { added: true },
  ])
  expect(again.read({ afterSeq: 0, limit: 9 }).events.length).toBe(2)
  expect(again.epoch).toBe(first.epoch)
})

test('a transaction is all or nothing, over events, notices and cursors', () => {
  const store = openStore()
  const fail = (): void =>
    store.transaction(() => {
      store.append([event()])
      store.watchCursors.write({ jobId: 'j', run: 1, stream: 'out', offset: 5, state: {} })
      throw new Error('no')
    })
  expect(fail).toThrow('no')
  expect(store.read({ afterSeq: 0, limit: 9 }).events).toEqual([])
  expect(store.watchCursors.read({ jobId: 'j', run: 1, stream: 'out' })).toBe(null)
  store.transaction(() => store.append([event()]), { durable: true })
  expect(store.bounds().last).toBeGreaterThan(0)
})

test('numbers are never given out twice, whatever is removed', () => {
  const store = openStore()
  store.append([event(), event(), event()])
  expect(store.removeBefore(4)).toBe(3)
  expect(store.bounds()).toEqual({ first: 0, last: 3 })
  expect(store.append([event()])[0]?.seq).toBe(4)
})

test('events committed before a SIGKILL of the writer are there, and readers see them meanwhile', async () => {
  const script = `
    const { openEventsForWriting } = await import(${JSON.stringify(`${import.meta.dir}/open-events.ts`)})
    const store = openEventsForWriting({ state: ${JSON.stringify(home.state)} })
    for (let i = 0; ; i++) {
      store.append([{ ...${JSON.stringify(event())}, data: { i } }])
      console.log(i)
    }`
  const child = Bun.spawn({ cmd: [process.execPath, '-e', script], stdout: 'pipe' })
  let told = -1
  let text = ''
  for await (const chunk of child.stdout) {
    text += new TextDecoder().decode(chunk)
    told = Number(text.split('\n').at(-2) ?? -1)
    if (told >= 200) break
  }
  using reader = openEventsForReading(home)
  expect(reader.bounds().last).toBeGreaterThan(told)
  child.kill('SIGKILL')
  await child.exited
  const page = openStore().read({ afterSeq: 0, limit: 1_000_000 })
  expect(page.events.length).toBeGreaterThan(told)
  expect(page.events.map((e) => e.data['i'])).toEqual(page.events.map((_, i) => i))
})

test('consumers: own cursors, acknowledged only, never backwards, never ahead', () => {
  const store = openStore()
  store.append([event(), event(), event()])
  const mine = { name: 'bot', owner: 'me', ackedSeq: 1, createdMs: 10 }
  expect(store.consumers.create(mine)).toEqual(mine)
  expect(store.consumers.ack('bot', 2).ackedSeq).toBe(2)
  expect(store.consumers.ack('bot', 1).ackedSeq).toBe(2)
  expect(store.consumers.create({ ...mine, ackedSeq: 0 }).ackedSeq).toBe(2)
  expect(codeOf(() => store.consumers.create({ ...mine, owner: 'other' }))).toBe('name_taken')
  expect(codeOf(() => store.consumers.ack('bot', 4))).toBe('bad_value')
  expect(codeOf(() => store.consumers.read('none'))).toBe('consumer_not_found')
  expect(store.consumers.list().length).toBe(1)
  expect(store.consumers.remove('bot')).toBe(true)
  expect(store.consumers.remove('bot')).toBe(false)
})

test('notices: told once, consumed by other ways, polled ones held back', () => {
  const store = openStore()
  const notice = (seq: number, more: object = {}) => ({
    seq,
    owner: 'me',
    task: null,
    jobId: 'a',
    run: 1,
    kind: 'completion',
    atMs: 1,
    text: 'done',
    data: { code: 0 },
    ...more,
  })
  store.notices.add([
    notice(1),
    notice(2, { jobId: 'b' }),
    notice(3, { kind: 'watch' }),
    notice(1, { owner: 'you' }),
  ])
  store.notices.add([notice(1, { text: 'again' })])
  const pending = (more: object = {}) =>
    store.notices.pending({ owner: 'me', limit: 9, ...more }).map((n) => n.seq)
  expect(store.notices.pending({ owner: 'me', limit: 1 })).toEqual([
    { ...notice(1), state: 'pending', polled: false },
  ])
  expect(store.notices.owners()).toEqual(['me', 'you'])
  expect(store.notices.markPolled('me', { jobId: 'a', kinds: ['completion'] })).toBe(1)
  expect(pending({ withoutPolled: true })).toEqual([2, 3])
  expect(pending()).toEqual([1, 2, 3])
  expect(store.notices.consume('me', { jobId: 'b', run: 1 })).toBe(1)
  expect(store.notices.mark({ owner: 'me', seqs: [1, 2], state: 'told' })).toBe(1)
  expect(pending()).toEqual([3])
  expect(store.notices.removeBefore(3)).toBe(2)
  expect(store.notices.transfer({ jobId: 'a', to: 'you' })).toBe(1)
  expect(store.notices.pending({ owner: 'you', limit: 9 }).map((n) => n.seq)).toEqual([1, 3])
})

test('watch cursors and delegations are kept', () => {
  const store = openStore()
  const cursor = { jobId: 'a', run: 1, stream: 'out', offset: 9, state: { strikes: 2 } } as const
  store.watchCursors.write({ ...cursor, offset: 3 })
  store.watchCursors.write(cursor)
  expect(store.watchCursors.read(cursor)).toEqual(cursor)
  store.watchCursors.removeJob('a')
  expect(store.watchCursors.read(cursor)).toBe(null)
  const delegation = { id: 'd', owner: 'me', task: null, createdMs: 1, finishedMs: null, data: { goal: 'x' } }
  store.delegations.write(delegation)
  expect(store.delegations.read('d')).toEqual(delegation)
  store.delegations.write({ ...delegation, finishedMs: 2 })
  expect(store.delegations.list('me').map((d) => d.finishedMs)).toEqual([2])
  expect(store.delegations.list('you')).toEqual([])
  expect(store.delegations.removeFinishedBefore(3)).toBe(1)
})

test('a home without a log reads as empty, and nothing is made', () => {
  using reader = openEventsForReading(home)
  expect(reader.read({ afterSeq: 5, limit: 9 })).toEqual({ events: [], next: 5, epoch: '' })
  expect(reader.bounds()).toEqual({ first: 0, last: 0 })
  expect(readdirSync(home.state)).toEqual([])
  openStore().append([event()])
  expect(reader.bounds()).toEqual({ first: 1, last: 1 })
})

test('files are 0600, and a closed log is read without making or changing one', () => {
  openStore().append([event()])
  closeAll()
  for (const name of readdirSync(home.state))
    expect(statSync(join(home.state, name)).mode & 0o777).toBe(0o600)
  expect(existsSync(`${eventsDatabase(home)}-wal`)).toBe(true)
  // A copy made while nobody wrote: no WAL, and a folder in which none can be made.
  const db = new Database(eventsDatabase(home))
  db.run('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
  rmSync(`${eventsDatabase(home)}-wal`, { force: true })
  rmSync(`${eventsDatabase(home)}-shm`, { force: true })
  const before = readdirSync(home.state)
  chmodSync(home.state, 0o500)
  using reader = openEventsForReading(home)
  expect(reader.bounds()).toEqual({ first: 1, last: 1 })
  expect(readdirSync(home.state)).toEqual(before)
  chmodSync(home.state, 0o700)
  openStore().append([event()])
  expect(reader.bounds()).toEqual({ first: 1, last: 2 })
})

test('a damaged database is set aside, reported, and numbers go on in a new epoch', () => {
  const first = openStore()
  first.append([event(), event()])
  closeAll()
  writeFileSync(eventsDatabase(home), 'no database at all'.repeat(1000))
  using reader = openEventsForReading(home)
  expect(codeOf(() => reader.bounds())).toBe('store_damaged')
  const second = openStore()
  expect(second.notes.map((note) => note.kind)).toEqual(['set_aside', 'new_epoch'])
  expect(readdirSync(home.state).some((name) => /^fettle\.db\.damaged-\d+$/.test(name))).toBe(true)
  expect(second.epoch).not.toBe(first.epoch)
  expect(second.append([event()])[0]?.seq).toBeGreaterThan(2)
  expect(reader.read({ afterSeq: 0, limit: 9 }).epoch).toBe(second.epoch)
})

test('damage met in the midst of work is remembered, and the next opening sets the file aside', () => {
  const store = openStore()
  store.append(Array.from({ length: 2000 }, (_, i) => event({ data: { i, pad: 'x'.repeat(200) } })))
  closeAll()
  const db = new Database(eventsDatabase(home))
  db.run('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
  const bytes = readFileSync(eventsDatabase(home))
  bytes.fill(0xff, 4096 * 20, bytes.length)
  writeFileSync(eventsDatabase(home), bytes)
  const again = openStore()
  expect(codeOf(() => again.read({ afterSeq: 0, limit: 1e6 }))).toBe('store_damaged')
  closeAll()
  expect(openStore().notes[0]?.kind).toBe('set_aside')
})

test('a database restored from a backup gets a new epoch, above all numbers given out', () => {
  const first = openStore()
  first.append([event()])
  closeAll()
  copyFileSync(eventsDatabase(home), join(home.state, 'backup'))
  const second = openStore()
  const last = second.append(Array.from({ length: 10_000 }, () => event())).at(-1)?.seq ?? 0
  closeAll()
  for (const name of ['', '-wal', '-shm']) rmSync(eventsDatabase(home) + name, { force: true })
  copyFileSync(join(home.state, 'backup'), eventsDatabase(home))
  const restored = openStore()
  expect(restored.epoch).not.toBe(first.epoch)
  expect(restored.append([event()])[0]?.seq).toBeGreaterThan(last)
  expect(restored.notes[0]?.kind).toBe('new_epoch')
})

test('a newer database is read but not written', () => {
  openStore().append([event()])
  closeAll()
  const db = new Database(eventsDatabase(home))
  db.run('PRAGMA user_version = 99')
  db.run(
    "INSERT INTO events (epoch, at_ms, mono_ms, boot_id, kind, actor, data) VALUES ('e', 1, 1, 'b', 'later', 'x', '{}')",
  )
  db.close()
  expect(codeOf(() => openEventsForWriting(home))).toBe('store_newer')
  using reader = openEventsForReading(home)
  // The kind of a later version is passed over, and the cursor moves past it.
  expect(reader.read({ afterSeq: 0, limit: 9 })).toMatchObject({ events: [{ seq: 1 }], next: 2 })
})
