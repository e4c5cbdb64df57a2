import { expect, test } from 'bun:test'
import { API_METHODS, isMethodName, toPath } from '../../protocol/api/methods.ts'
import { matchRoute } from './match-route.ts'

test('each method of the table is found by its own path', () => {
  for (const [name, method] of Object.entries(API_METHODS)) {
    if (!isMethodName(name)) throw new Error(name)
    const path = toPath(method.path, { job: 'web 1/ä', name: 'n', id: 'd' })
    const match = matchRoute(method.http, path)
    expect(match.kind === 'found' && match.method).toBe(name)
    if (match.kind === 'found' && 'job' in match.params) expect(match.params['job']).toBe('web 1/ä')
  }
})

test('a written-out path wins over a placeholder, and only for its own HTTP method', () => {
  expect(matchRoute('POST', '/v1/jobs/stop')).toEqual({ kind: 'found', method: 'stopJobs', params: {} })
  expect(matchRoute('GET', '/v1/jobs/stop')).toEqual({
    kind: 'found',
    method: 'getJob',
    params: { job: 'stop' },
  })
})

test('a known path with another HTTP method names the allowed ones; an unknown path is none of ours', () => {
  expect(matchRoute('DELETE', '/v1/jobs')).toEqual({ kind: 'wrong_method', allow: ['POST', 'GET'] })
  expect(matchRoute('GET', '/v1/nothing')).toEqual({ kind: 'no_such_path' })
  expect(matchRoute('GET', '/v1/jobs/%zz')).toEqual({ kind: 'no_such_path' })
  expect(matchRoute('GET', '/v1/jobs//wait')).toEqual({ kind: 'no_such_path' })
})
