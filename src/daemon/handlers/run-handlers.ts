import { existsSync } from 'node:fs'
import { FettleError, isRecord } from '../../core/errors.ts'
import { parseSignal } from '../../core/parse/signal.ts'
import { redactText } from '../../core/redact/redact-text.ts'
import { memberSchema } from '../../protocol/api/job-schemas.ts'
import { runDir, runPaths, type RunPaths } from '../../store/layout.ts'
import type { DaemonParts } from '../daemon-parts.ts'
import { actorOf } from '../jobs/callers.ts'
import type { JobEntry } from '../jobs/job-table.ts'
import { resizeTerminal } from '../screen/resize-terminal.ts'
import { TERMINAL_CLIENT } from '../screen/terminal-follower.ts'
import type { Call, Handlers } from '../transport/api.ts'
import { findJob, mustRun } from './find-job.ts'
import { refuseOwnRun } from './job-handlers.ts'

const OK = { ok: true } as const
/** Ctrl-D: what ends the input of a program that reads a terminal line by line. */
const END_OF_FILE = Uint8Array.of(0x04)

type RunMethod = 'signalJob' | 'inputJob' | 'closeJob' | 'resizeJob' | 'amendJob' | 'members'

const pathsOf = ({ home }: DaemonParts, { job }: JobEntry): RunPaths =>
  runPaths(runDir(home, job.id, job.runs))

export function runHandlers(parts: DaemonParts): Pick<Handlers, RunMethod> {
  const { inputs } = parts

  const find = (
    { params, query, peer }: Pick<Call<RunMethod>, 'params' | 'query' | 'peer'>,
    access: 'act' | 'read',
  ) => findJob(parts, { selector: params['job'] ?? '', owner: query.owner, peer, access })

  return {
    signalJob: async (call) => {
      const { entry, caller } = find(call, 'act')
      const { signal, target, actor } = call.body
      parseSignal(signal)
      refuseOwnRun(caller, entry)
      await mustRun(parts, entry).link.request({
        op: 'signal',
        signal,
        target,
        actor: actorOf(caller, actor, entry.job.owner),
      })
      return OK
    },

    inputJob: (call) => {
      const { entry } = find(call, 'act')
      const { data, base64, client, seq } = call.body
      if (client === TERMINAL_CLIENT) throw new FettleError('bad_value', `"${client}" is not for clients`)
      const bytes = base64 === undefined ? Buffer.from(data ?? '') : Buffer.from(base64, 'base64')
      if (parts.runs.guard(entry.job.id) === null) {
        const before = inputs.acceptedBefore(pathsOf(parts, entry), { client, seq, bytes })
        if (before !== null) return before
      }
      const guard = mustRun(parts, entry)
      if (entry.job.spec.stdin === 'none') {
        throw new FettleError(
          'stdin_not_open',
          `Job ${entry.job.name ?? entry.job.id} was started without stdin`,
          {
            hint: 'Start it with --stdin pipe or --pty.',
            data: { jobId: entry.job.id },
          },
        )
      }
      return inputs.accept(guard, { client, seq, bytes })
    },

    closeJob: async (call) => {
      const { entry } = find(call, 'act')
      // Asked again by a client whose answer was lost: the run may have ended by it.
      if (parts.runs.guard(entry.job.id) === null && existsSync(pathsOf(parts, entry).inputClosed)) return OK
      const guard = mustRun(parts, entry)
      const { stdin } = entry.job.spec
      if (stdin === 'none') {
        throw new FettleError(
          'stdin_not_open',
          `Job ${entry.job.name ?? entry.job.id} was started without stdin`,
        )
      }
      if (stdin === 'pipe') await inputs.close(guard)
      else {
        // A terminal stays open: the end is a character, and each close types it once.
        const log = inputs.logOf(guard)
        inputs.accept(guard, {
          client: 'fettle:close',
          seq: log.newestSeq('fettle:close') + 1,
          bytes: END_OF_FILE,
        })
      }
      return OK
    },

    resizeJob: async (call) => {
      const { entry } = find(call, 'act')
      const { rows, cols } = call.body
      await resizeTerminal(mustRun(parts, entry), entry.job.spec.pty, { rows, cols })
      return OK
    },

    amendJob: async (call) => {
      const { entry } = find(call, 'act')
      const { deadlineMs, idleMs } = call.body
      const guard = mustRun(parts, entry)
      await guard.link.request({
        op: 'amend',
        ...(deadlineMs === undefined ? {} : { deadlineMs }),
        ...(idleMs === undefined ? {} : { idleMs }),
      })
      const before = guard.status?.limits ?? entry.job.spec.limits
      return {
        limits: {
          deadlineMs: deadlineMs === undefined ? before.deadlineMs : deadlineMs,
          idleMs: idleMs === undefined ? before.idleMs : idleMs,
        },
      }
    },

    members: async (call) => {
      const { entry } = find(call, 'read')
      const data = await mustRun(parts, entry).link.request({ op: 'members' })
      const list: readonly unknown[] = Array.isArray(data['members']) ? data['members'] : []
      return {
        members: list.flatMap((member) => {
          const parsed = isRecord(member) ? memberSchema.safeParse(member) : null
          return parsed?.success === true
            ? [{ ...parsed.data, command: redactText(parsed.data.command) }]
            : []
        }),
      }
    },
  }
}
