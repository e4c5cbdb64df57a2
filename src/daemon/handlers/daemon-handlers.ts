import { API_VERSION } from '../../protocol/api/methods.ts'
import { VERSION } from '../../platform/version.ts'
import type { DaemonParts } from '../daemon-parts.ts'
import { actorOf } from '../jobs/callers.ts'
import { isOver } from '../jobs/job-table.ts'
import type { Handlers } from '../transport/api.ts'
import { toOpenApi } from '../transport/openapi.ts'

const OK = { ok: true } as const

export function daemonHandlers(
  parts: DaemonParts,
): Pick<Handlers, 'daemonStatus' | 'daemonStop' | 'openapi' | 'pause' | 'resume'> {
  const { home, jobs, pause, callers, lifecycle, startedAtMs } = parts
  return {
    daemonStatus: () => {
      const finished = jobs.all().filter(isOver).length
      return {
        pid: process.pid,
        version: VERSION,
        home: home.state,
        startedAt: new Date(startedAtMs).toISOString(),
        protocol: API_VERSION,
        paused: pause.isOn,
        jobs: { live: jobs.size - finished, finished },
      }
    },
    daemonStop: () => {
      // After the answer has gone out.
      setImmediate(parts.stop)
      return OK
    },
    openapi: () => toOpenApi(VERSION),
    pause: ({ body, peer, surface }) => {
      pause.set(true, { actor: actorOf(callers.of(peer), undefined, null), surface, why: body.why })
      return OK
    },
    resume: ({ body, peer, surface }) => {
      pause.set(false, { actor: actorOf(callers.of(peer), undefined, null), surface, why: body.why })
      lifecycle.resume()
      return OK
    },
  }
}
